using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>What a payment link stands for: one payment problem of one subscription.</summary>
/// <param name="SubscriptionId">The subscription.</param>
/// <param name="CaseNumber">The payment problem; the link is spent when that one is over.</param>
public sealed record PaymentLink(SubscriptionId SubscriptionId, int CaseNumber);

/// <summary>
/// The links in notices and mails that open only the payment page of one subscription, without a password. They carry
/// no date: whether one still lives is read from the subscription, so that it is spent by the payment and by nothing else.
/// </summary>
public sealed class PaymentLinks(IDataProtectionProvider protection, PublisherSettings publisher)
{
    private readonly IDataProtector protector = protection.CreateProtector("payment-link.v1");

    /// <summary>The link of a payment problem.</summary>
    public Uri For(SubscriptionId subscription, int caseNumber) =>
        new(publisher.Address, "/pay/" + protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{caseNumber}:{subscription.Value}")));

    /// <summary>What a link stands for, or null when it is not one of ours.</summary>
    public PaymentLink? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        try
        {
            var parts = protector.Unprotect(token).Split(':', 2);
            return new PaymentLink(SubscriptionId.From(parts[1]), int.Parse(parts[0], CultureInfo.InvariantCulture));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
