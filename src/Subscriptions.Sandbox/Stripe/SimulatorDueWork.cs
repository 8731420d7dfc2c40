using System.Threading.Channels;
using Subscriptions.Sandbox.Stripe.Ledger;
using Subscriptions.Sandbox.Stripe.Webhooks;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Stripe;

/// <summary>
/// What the simulator does by itself at a moment of billing time: bank debits that settle, disputes, sessions
/// that expire, and webhooks. It works on its own as soon as something is due; the clock, when it advances,
/// asks when that is and waits for it.
/// </summary>
public sealed class SimulatorDueWork : BackgroundService
{
    /// <summary>Wall time after which the billing clock is looked at again, since others may move it.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly SemaphoreSlim oneAtATime = new(1, 1);
    private readonly LedgerFile ledger;
    private readonly WebhookDeliveries deliveries;
    private readonly BillingClock clock;
    private readonly IHostApplicationLifetime lifetime;
    private readonly ILogger<SimulatorDueWork> log;

    internal SimulatorDueWork(
        LedgerFile ledger, WebhookDeliveries deliveries, BillingClock clock, IHostApplicationLifetime lifetime, ILogger<SimulatorDueWork> log)
    {
        (this.ledger, this.deliveries, this.clock, this.lifetime, this.log) = (ledger, deliveries, clock, lifetime, log);
        ledger.Committed += () => signal.Writer.TryWrite(true);
    }

    /// <summary>The earliest moment of billing time at which something is to do; it may lie in the past. Null: nothing ever.</summary>
    public DateTimeOffset? NextDueAt() => ledger.Read<DateTimeOffset?>(transaction =>
        transaction.Sql.Scalar<object>("""
            SELECT min(at) FROM (SELECT min(due_at) AS at FROM due
            UNION ALL SELECT min(due_at) FROM deliveries WHERE state = 'pending'
            UNION ALL SELECT min(due_at) FROM deliveries WHERE state = 'held')
            """) is long at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null);

    /// <summary>Whether something is due now or under way. A delivery that waits for its next try is not.</summary>
    public bool AnythingInFlight() => oneAtATime.CurrentCount == 0 || NextDueAt() <= clock.Now;

    /// <summary>Does everything that is due now, including what follows from it at once.</summary>
    public Task RunDueAsync() => RunDueAsync(lifetime.ApplicationStopping);

    /// <inheritdoc />
    public override void Dispose()
    {
        oneAtATime.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await UntilStartedAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunDueAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception bug)
            {
                log.LogError(bug, "The simulator's due work failed and is tried again");
            }

            await SignalOrLookAsync(stoppingToken);
        }
    }

    private async Task RunDueAsync(CancellationToken stopping)
    {
        if (NextDueAt() is not { } next || next > clock.Now)
        {
            return;
        }

        await oneAtATime.WaitAsync(stopping);
        try
        {
            int done;
            do
            {
                done = await ledger.WriteAsync(DueSettlements.Run) + await deliveries.DeliverDueAsync(stopping);
            }
            while (done > 0 && !stopping.IsCancellationRequested);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    private async Task UntilStartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var onStarted = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await using var onStopping = stopping.Register(() => started.TrySetResult());
        await started.Task;
    }

    private async Task SignalOrLookAsync(CancellationToken stopping)
    {
        using var look = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        look.CancelAfter(Look);
        Task signalled = signal.Reader.WaitToReadAsync(look.Token).AsTask();
        await signalled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        signal.Reader.TryRead(out _);
    }
}
