using Subscriptions.Domain;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>
/// What an operator asks on the command line, beside or without a running service: <c>reconcile [--from DAY] [--to DAY]</c>,
/// <c>collecting off|status</c>, <c>ledger rebuild</c>. Settings are read as the service reads them.
/// </summary>
public static class ReconciliationCommands
{
    /// <summary>All is well.</summary>
    public const int Clean = 0;

    /// <summary>There are differences, or collecting is off.</summary>
    public const int Differs = 1;

    /// <summary>It could not be done.</summary>
    public const int Failed = 2;

    /// <summary>Does it, and gives the exit code.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, HostParts parts)
    {
        await using var app = ServerHost.Create(args, parts: parts);
        await DatabaseSetup.MigrateAsync(app.Services);
        return await RunAsync(args, app.Services, app.Configuration, output);
    }

    /// <summary>The same in a host that is built already.</summary>
    public static Task<int> RunAsync(string[] args, IServiceProvider services, IConfiguration options, TextWriter output) => args switch
    {
        ["reconcile", ..] => ReconcileAsync(services, options, output),
        ["collecting", "off", ..] => OffAsync(services, output),
        ["collecting", ..] => StatusAsync(services, output),
        _ => RebuildAsync(services, output),
    };

    private static async Task<int> ReconcileAsync(IServiceProvider services, IConfiguration options, TextWriter output)
    {
        var (hours, clock) = (services.GetRequiredService<PublisherHours>(), services.GetRequiredService<BillingClock>());
        if (PeriodQuery.Read(options["from"], options["to"], hours, clock) is not { } period)
        {
            await output.WriteLineAsync(PeriodQuery.Hint);
            return Failed;
        }

        DateTimeOffset? from = options["from"] is null ? null : hours.StartOf(period.From);
        DateTimeOffset? to = options["to"] is null ? null : hours.StartOf(period.To);
        var run = await services.GetRequiredService<Reconcile>().NowAsync(from, to, Actors.System);
        if (run is not { FinishedAt: not null })
        {
            await output.WriteLineAsync(run is null ? "A comparison is under way already." : $"The comparison broke off: {run.Failure}");
            return Failed;
        }

        await output.WriteLineAsync($"{run.From:u} to {run.To:u}: {run.Transactions} bookings, {run.Refunds} refunds, {run.Disputes} disputes, {run.Payouts} payouts compared; {run.Repaired} differences mended, {run.OpenFindings} wait for a decision.");
        foreach (var finding in (await services.GetRequiredService<FindingDesk>().ListAsync(100)).Where(f => f.State == Data.Rows.FindingState.Open))
        {
            await output.WriteLineAsync($"{finding.Kind} {finding.Subject} {new Money(finding.Difference, finding.Currency)}: {finding.Ours} {finding.Theirs}");
        }

        return run.OpenFindings == 0 ? Clean : Differs;
    }

    private static async Task<int> OffAsync(IServiceProvider services, TextWriter output)
    {
        await services.GetRequiredService<CollectingGate>().CloseAsync("an operator switched it off, as after restoring a backup.", Actors.System);
        await output.WriteLineAsync("Collecting is off until a reconciliation has run.");
        return Clean;
    }

    private static async Task<int> StatusAsync(IServiceProvider services, TextWriter output)
    {
        var off = await services.GetRequiredService<CollectingGate>().StateAsync() is { ClosedAt: not null };
        await output.WriteLineAsync(off ? "Collecting is off until a reconciliation has run." : "Collecting is on.");
        return off ? Differs : Clean;
    }

    private static async Task<int> RebuildAsync(IServiceProvider services, TextWriter output)
    {
        var rebuilt = await services.GetRequiredService<LedgerBooks>().RebuildAsync(DateTimeOffset.UnixEpoch);
        await output.WriteLineAsync($"{rebuilt.Streams} invoices: {rebuilt.Posted} missing sets posted, {rebuilt.Wrong.Count} differ.");
        foreach (var id in rebuilt.Wrong)
        {
            await output.WriteLineAsync(id);
        }

        return rebuilt.Wrong.Count == 0 ? Clean : Differs;
    }
}
