using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Addresses to which the gateway's pages lead back.</summary>
public static class HostedReturn
{
    /// <summary>The gateway puts the session's id in its place.</summary>
    private const string Placeholder = "{CHECKOUT_SESSION_ID}";

    /// <summary>Where the hosted page leads back to.</summary>
    public static Uri To(PublisherSettings publisher, string path) => new(publisher.Address, $"{path}?session_id={Placeholder}");

    /// <summary>Where the hosted page leads when nothing was entered; the way back to the website is kept.</summary>
    public static Uri Cancelled(PublisherSettings publisher, string path, string? returnTo) =>
        Left(new Uri(publisher.Address, WithReturn(path, returnTo)));

    /// <summary>The same page, told that nothing was entered.</summary>
    public static Uri Left(Uri page) => new(QueryHelpers.AddQueryString(page.AbsoluteUri, "left", "yes"));

    /// <summary>A path of ours that keeps the way back to the website.</summary>
    public static string WithReturn(string path, string? returnTo) =>
        returnTo is null ? path : $"{path}?return={Uri.EscapeDataString(returnTo)}";

    /// <summary>Where a bank's challenge leads back to.</summary>
    public static Uri FromBank(PublisherSettings publisher, string path, string sessionId) =>
        new(publisher.Address, $"{path}?session_id={Uri.EscapeDataString(sessionId)}&from=bank");

    /// <summary>Where the bank leads back to when a payment was confirmed without new details.</summary>
    public static Uri Confirmed(PublisherSettings publisher, string path, string? returnTo) =>
        new(QueryHelpers.AddQueryString(new Uri(publisher.Address, WithReturn(path, returnTo)).AbsoluteUri, "from", "bank"));

    /// <summary>Leads a form's reader on to another page by GET.</summary>
    public static EmptyResult SeeOther(HttpResponse response, Uri page)
    {
        response.StatusCode = StatusCodes.Status303SeeOther;
        response.Headers.Location = page.AbsoluteUri;
        return new EmptyResult();
    }
}
