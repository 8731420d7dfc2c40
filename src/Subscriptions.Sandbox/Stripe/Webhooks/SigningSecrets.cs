using System.Security.Cryptography;
using System.Text.Json;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Webhooks;

/// <summary>
/// The secrets that sign webhooks. Rolling makes a new one; the former signs beside it for some hours, as Stripe lets it, so
/// that an endpoint which knows either of the two loses nothing.
/// </summary>
internal sealed class SigningSecrets(LedgerFile ledger, StripeSimulatorOptions options)
{
    private const string Row = "webhook_secrets";

    /// <summary>The secrets as they stand at this moment of billing time.</summary>
    public WebhookSecrets Now() => ledger.Read(At);

    /// <summary>Those that sign now, the newest first.</summary>
    public IReadOnlyList<string> Signing() => Now() is { Former: { } former } both ? [both.Current, former] : [Now().Current];

    /// <summary>Makes a new secret.</summary>
    public Task RollAsync(TimeSpan overlap) => ledger.WriteAsync(transaction =>
    {
        var made = new WebhookSecrets("whsec_" + RandomNumberGenerator.GetHexString(32, lowercase: true),
            At(transaction).Current, transaction.Now + overlap);
        transaction.Sql.Run("INSERT OR REPLACE INTO meta(name, text) VALUES(@p0, @p1)", Row, JsonSerializer.Serialize(made));
    });

    private WebhookSecrets At(LedgerTransaction transaction)
    {
        var known = transaction.Sql.Scalar<string>("SELECT text FROM meta WHERE name = @p0", Row) is { } kept
            ? JsonSerializer.Deserialize<WebhookSecrets>(kept)! : new WebhookSecrets(options.WebhookSecret, null, null);
        return known.FormerUntil <= transaction.Now ? known with { Former = null, FormerUntil = null } : known;
    }
}

/// <summary>The secrets of the endpoint.</summary>
/// <param name="Current">Signs every event.</param>
/// <param name="Former">Signs beside it; null when it does not any more.</param>
/// <param name="FormerUntil">Billing time until which the former one signs.</param>
public sealed record WebhookSecrets(string Current, string? Former, DateTimeOffset? FormerUntil);
