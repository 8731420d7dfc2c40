using System.Globalization;
using System.Net;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Gate;

/// <summary>Whether somebody may read an article, and why.</summary>
/// <param name="At">The moment that was asked about.</param>
/// <param name="Requirement">What the page asks.</param>
/// <param name="RequirementFrom">Where that is known from: <c>Asked</c>, <c>Rule</c>, or <c>Nothing</c> (a plain subscription is taken).</param>
/// <param name="Allowed">The answer.</param>
/// <param name="Outcome">The answer in one word.</param>
/// <param name="Reason">Why; a stable name.</param>
/// <param name="Sentence">Why, in words that a reader may see.</param>
/// <param name="NextStep">What the reader can do.</param>
/// <param name="GrantedBy">The record that lets her in.</param>
/// <param name="GrantKind">Its kind.</param>
/// <param name="ValidUntil">The first instant at which the answer could change by itself.</param>
/// <param name="BeginsAt">Where access has not begun: when it does.</param>
/// <param name="MeterLeft">How many further metered articles she may read; null where no meter decided.</param>
/// <param name="MeterOpensAt">When she may read a further one; null where no meter decided, and where she may now.</param>
/// <param name="CountsForgotten">A meter decided about a moment whose counts are forgotten by now; none were taken, so that the true answer may have been another.</param>
/// <param name="Grants">Every record that was looked at.</param>
public sealed record DecisionAnswer(
    DateTimeOffset At, string Requirement, RequirementSource RequirementFrom, bool Allowed, DecisionOutcome Outcome, DecisionReason Reason, string Sentence, NextStep NextStep,
    string? GrantedBy, string? GrantKind, DateTimeOffset? ValidUntil, DateTimeOffset? BeginsAt, int? MeterLeft, DateTimeOffset? MeterOpensAt, bool CountsForgotten, IReadOnlyList<GrantAnswer> Grants)
{
    internal static DecisionAnswer Of(AccessExplanation it) => new(
        it.At, it.Requirement.Text, it.Source, it.Decision.Allowed, it.Decision.Outcome, it.Decision.Reason, it.Decision.Sentence, it.Decision.NextStep,
        it.Decision.GrantedBy?.Record, it.Decision.GrantedBy?.Kind, it.Decision.ValidUntil, it.Decision.BeginsAt, it.Decision.Meter?.Left, it.Decision.Meter?.OpensAt, it.CountsAreForgotten, it.Access?.Grants ?? []);
}

/// <summary><c>/api/decisions</c>: "why can she not read this?", now or at a past moment.</summary>
internal static class DecisionRoutes
{
    private static readonly string[] _names = ["readerId", "url", "requirement", "at", "from"];

    public static void Map(WebApplication app) => app.MapGet("/api/decisions", ExplainAsync).RequireAuthorization(ApiKeys.ApiPolicy).WithTags("Gate")
        .WithName("ExplainDecision").WithSummary("Whether a reader may read an article, and why; now or at a past moment.")
        .WithDescription("readerId: absent for somebody who is not signed in. url: the article's address, from which the site's rules tell what it asks. requirement: what it asks, where you know better. at: a past moment. from: the visitor's network address.")
        .Produces<DecisionAnswer>().ProducesValidationProblem().ProducesProblem(404);

    private static async Task<IResult> ExplainAsync(HttpContext http, string? readerId, string? url, string? requirement, string? at, string? from, ExplainAccess explain, SiteLinks sites, BillingClock clock)
    {
        if (http.Request.Query.Keys.FirstOrDefault(name => !_names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } stray)
        {
            return Problems.Bad(stray, "Nothing of this name is asked for here.");
        }

        var (asked, wrong) = Read(readerId, url, requirement, at, from, sites, clock);
        return wrong is var (field, message) ? Problems.Bad(field, message)
            : await explain.RunAsync(asked!) is { } it ? Results.Ok(DecisionAnswer.Of(it))
            : Problems.NotFound("reader");
    }

    /// <summary>Reads a question as callers and forms write it.</summary>
    internal static (AccessQuestion? Question, (string Field, string Message)? Wrong) Read(
        string? readerId, string? url, string? requirement, string? at, string? from, SiteLinks sites, BillingClock clock)
    {
        if (readerId is { Length: > 0 } && !ApiIds.IsPossible(readerId))
        {
            return (null, ("readerId", "Write a reader's id, or leave it out."));
        }

        if (url is { Length: > 0 } && sites.PageOf(url) is null)
        {
            return (null, ("url", "Write the whole address of a page of one of the websites, as it stands in the browser."));
        }

        Requirement? stated = null;
        if (requirement is { Length: > 0 } && !Requirement.TryParse(requirement, out stated))
        {
            return (null, ("requirement", "Write free, registered, metered, subscriber or subscriber:name."));
        }

        DateTimeOffset? moment = null;
        if (at is { Length: > 0 })
        {
            if (!DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var past) || past > clock.Now || past.Year < 2000)
            {
                return (null, ("at", "Write a past moment in UTC, such as 2026-11-02T09:30:00Z."));
            }

            moment = past;
        }

        IPAddress? address = null;
        if (from is { Length: > 0 } && !IPAddress.TryParse(from, out address))
        {
            return (null, ("from", "Write a network address, such as 192.0.2.7."));
        }

        return (new AccessQuestion(readerId is { Length: > 0 } ? ReaderId.From(readerId) : null, url is { Length: > 0 } ? url : null, stated, moment, address), null);
    }
}
