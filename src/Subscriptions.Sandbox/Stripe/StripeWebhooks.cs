using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;
using Subscriptions.Sandbox.Stripe.Webhooks;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>What somebody can send to a webhook endpoint who should not be heard.</summary>
public enum FalseEvent
{
    /// <summary>Signed with a secret that is none of the endpoint's.</summary>
    Forged,

    /// <summary>Signed well, and changed afterwards.</summary>
    Changed,

    /// <summary>Signed well, ten minutes ago.</summary>
    Stale,

    /// <summary>Not signed.</summary>
    Unsigned,

    /// <summary>Signed well, and larger than any event.</summary>
    Huge,
}

/// <summary>The webhooks from the inside: their secrets, sending again, and what must not be believed.</summary>
public sealed class StripeWebhooks
{
    private const int HugeBytes = 600 * 1024;
    private static readonly TimeSpan TooOld = TimeSpan.FromMinutes(10);

    private readonly LedgerFile file;
    private readonly SigningSecrets secrets;
    private readonly WebhookDeliveries deliveries;
    private readonly TimeProvider time;

    internal StripeWebhooks(LedgerFile file, SigningSecrets secrets, WebhookDeliveries deliveries, TimeProvider time) =>
        (this.file, this.secrets, this.deliveries, this.time) = (file, secrets, deliveries, time);

    /// <summary>The secrets that sign now.</summary>
    public WebhookSecrets Secrets => secrets.Now();

    /// <summary>Makes a new secret; the former signs beside it for so long in billing time.</summary>
    public Task RollSecretAsync(TimeSpan overlap) => secrets.RollAsync(overlap);

    /// <summary>Delivers an event once more, whatever became of it; false if there is no such delivery.</summary>
    public async Task<bool> SendAgainAsync(long delivery) => await file.WriteAsync(ledger => ledger.Sql.Run(
        "UPDATE deliveries SET state = 'pending', due_at = @p1, first_at = @p1, attempts = 0, last_answer = coalesce(last_answer, 'again') WHERE id = @p0",
        delivery, ledger.Now.ToUnixTimeMilliseconds())) > 0;

    /// <summary>Sends the newest event in a way that must not be believed, and gives the endpoint's answer.</summary>
    public async Task<string> SendFalseAsync(FalseEvent kind, CancellationToken stopping)
    {
        var body = file.Read(ledger => ledger.Page(new ListQuery(Events.Kind) { Limit = 1 })!.Value.Page is [var newest, ..]
            ? newest.Body : new JsonObject { ["id"] = "evt_none", ["object"] = "event", ["type"] = "payment_intent.succeeded" });
        body["id"] = "evt_false" + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        if (kind == FalseEvent.Huge)
        {
            body["padding"] = new string('x', HugeBytes);
        }

        var text = body.ToJsonString();
        var signing = kind == FalseEvent.Forged ? ["whsec_of_somebody_else"] : secrets.Signing();
        var signature = WebhookSignature.Header(signing, text, kind == FalseEvent.Stale ? time.GetUtcNow() - TooOld : time.GetUtcNow());
        var (_, answer) = await deliveries.SendAsync(0, kind == FalseEvent.Changed ? text.Replace("evt_false", "evt_other", StringComparison.Ordinal) : text,
            kind == FalseEvent.Unsigned ? null : signature, stopping);
        return answer;
    }
}
