using System.Text;
using Subscriptions.Sandbox.Stripe.Faults;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Resources;

namespace Subscriptions.Sandbox.Stripe.Webhooks;

/// <summary>Delivers events until an endpoint takes them. What is still to deliver lies in the ledger, so that a restart goes on.</summary>
internal sealed class WebhookDeliveries : IDisposable
{
    /// <summary>Deliveries fetched at once, and under way at once.</summary>
    private const int Batch = 64;
    private const int Parallel = 8;

    /// <summary>Characters above which nothing is an event.</summary>
    private const int LongestEvent = 512 * 1024;

    /// <summary>Billing time for which a delivery is tried.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(3);

    /// <summary>Billing time for which a reordered event waits for a later one.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan DefaultDelay = TimeSpan.FromHours(1);

    /// <summary>Billing time after each failure; the last one repeats.</summary>
    private static readonly TimeSpan[] Backoff =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10), TimeSpan.FromHours(12),
    ];

    private readonly LedgerFile ledger;
    private readonly StripeFaults faults;
    private readonly StripeSimulatorOptions options;
    private readonly SigningSecrets secrets;
    private readonly TimeProvider time;
    private readonly ILogger<WebhookDeliveries> log;
    private readonly HttpClient http;

    public WebhookDeliveries(
        LedgerFile ledger, StripeFaults faults, StripeSimulatorOptions options, SigningSecrets secrets, TimeProvider time, ILogger<WebhookDeliveries> log)
    {
        (this.ledger, this.faults, this.options, this.secrets, this.time, this.log) = (ledger, faults, options, secrets, time, log);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        };
        http = new HttpClient(handler) { Timeout = options.WebhookTimeout };
        http.DefaultRequestHeaders.UserAgent.ParseAdd("Stripe/1.0 (+https://stripe.com/docs/webhooks)");
    }

    /// <summary>Makes one batch of the deliveries that are due; the number made, 0 when none is left.</summary>
    public async Task<int> DeliverDueAsync(CancellationToken stopping)
    {
        var due = ledger.Read(transaction => transaction.Sql.Rows("""
            SELECT d.id, d.event, d.endpoint, d.attempts, d.first_at, d.last_answer FROM deliveries d
            WHERE d.state IN ('pending', 'held') AND d.due_at <= @p0 ORDER BY d.id LIMIT @p1
            """,
            row => new Delivery(row.GetInt64(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt64(4), row.IsDBNull(5)),
            transaction.Now.ToUnixTimeMilliseconds(), Batch));
        await System.Threading.Tasks.Parallel.ForEachAsync(due,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = stopping },
            async (delivery, _) => await DeliverAsync(delivery, stopping));
        return due.Count;
    }

    public void Dispose() => http.Dispose();

    private async Task DeliverAsync(Delivery delivery, CancellationToken stopping)
    {
        var (type, subjects, body) = ledger.Read(transaction =>
        {
            var found = transaction.Get(Events.Kind, delivery.Event);
            var snapshot = found.Body.Object("data")!.Object("object")!;
            return (found["type"], FaultSubjects.Of(snapshot), Events.WithPending(transaction, found).ToJsonString());
        });
        var fault = delivery.IsUntouched ? await faults.TakeAsync(FaultTarget.Webhooks, type, () => subjects) : null;
        switch (fault?.Kind)
        {
            case FaultKind.Dropped:
                await CloseAsync(delivery, "lost", "dropped");
                return;
            case FaultKind.Delayed:
                await PutOffAsync(delivery, "pending", "delayed", fault.Delay ?? DefaultDelay);
                return;
            case FaultKind.Reordered:
                await PutOffAsync(delivery, "held", "reordered", LongestHold);
                return;
            case FaultKind.Doubled:
                await PostAsync(delivery, body, stopping);
                break;
            default:
                break;
        }

        var (delivered, answer) = await PostAsync(delivery, body, stopping);
        await (delivered ? CloseAsync(delivery, "done", answer) : FailAsync(delivery, answer));
    }

    /// <summary>Sends a body as it is to an endpoint; whether it was taken, and the status or the reason why there is none.</summary>
    public async Task<(bool Delivered, string Answer)> SendAsync(int endpoint, string body, string? signature, CancellationToken stopping)
    {
        if (endpoint >= options.WebhookUrls.Count)
        {
            return (false, "no such endpoint");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, options.WebhookUrls[endpoint])
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // An endpoint may refuse by the length alone; who sends it all first would find the connection shut instead of the answer.
        request.Headers.ExpectContinue = body.Length > LongestEvent;
        if (signature is not null)
        {
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);
        }

        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping);
            return (response.IsSuccessStatusCode, ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        catch (HttpRequestException failure)
        {
            log.LogDebug(failure, "An event was not delivered");
            return (false, failure.HttpRequestError.ToString());
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return (false, "timeout");
        }
    }

    private Task<(bool Delivered, string Answer)> PostAsync(Delivery delivery, string body, CancellationToken stopping) =>
        SendAsync(delivery.Endpoint, body, WebhookSignature.Header(secrets.Signing(), body, time.GetUtcNow()), stopping);

    private Task CloseAsync(Delivery delivery, string state, string answer) => ledger.WriteAsync(transaction =>
    {
        transaction.Sql.Run("UPDATE deliveries SET state = @p1, attempts = attempts + 1, last_answer = @p2 WHERE id = @p0",
            delivery.Id, state, answer);
        if (state == "done")
        {
            transaction.Sql.Run("UPDATE deliveries SET state = 'pending', due_at = @p1 WHERE state = 'held' AND id < @p0",
                delivery.Id, transaction.Now.ToUnixTimeMilliseconds());
        }
    });

    private Task<int> PutOffAsync(Delivery delivery, string state, string why, TimeSpan delay) => ledger.WriteAsync(transaction =>
        transaction.Sql.Run("UPDATE deliveries SET state = @p1, due_at = @p2, last_answer = @p3 WHERE id = @p0",
            delivery.Id, state, (transaction.Now + delay).ToUnixTimeMilliseconds(), why));

    private Task FailAsync(Delivery delivery, string answer) => ledger.WriteAsync(transaction =>
    {
        var next = transaction.Now + Backoff[Math.Min(delivery.Attempts, Backoff.Length - 1)];
        var givesUp = next > DateTimeOffset.FromUnixTimeMilliseconds(delivery.FirstAt) + GiveUpAfter;
        transaction.Sql.Run("UPDATE deliveries SET state = @p1, due_at = @p2, attempts = attempts + 1, last_answer = @p3 WHERE id = @p0",
            delivery.Id, givesUp ? "failed" : "pending", next.ToUnixTimeMilliseconds(), answer);
    });

    private sealed record Delivery(long Id, string Event, int Endpoint, int Attempts, long FirstAt, bool IsUntouched);
}
