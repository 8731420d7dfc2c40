using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Ledger;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Api;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Reconciliation;

/// <summary>A difference as the API tells it.</summary>
public sealed record FindingAnswer(
    string Id, FindingKind Kind, string Title, string Advice, string Subject, string? InvoiceId, string Ours, string Provider, Money Difference,
    FindingState State, bool Repairable, DateTimeOffset At, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt, DateTimeOffset? SettledAt, string? SettledBy)
{
    /// <summary>Of a row.</summary>
    public static FindingAnswer Of(FindingRow f) => new(
        f.Id, f.Kind, FindingWords.Title(f.Kind), FindingWords.Advice(f.Kind), f.Subject, f.InvoiceId?.Value, f.Ours, f.Theirs, new(f.Difference, f.Currency),
        f.State, f.Repairable, f.SubjectAt, f.FirstSeenAt, f.LastSeenAt, f.SettledAt, f.SettledBy);
}

/// <summary>A comparison as the API tells it.</summary>
public sealed record RunAnswer(
    long Id, DateTimeOffset From, DateTimeOffset To, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, string? Failure,
    int Transactions, int Payments, int Refunds, int Disputes, int Payouts, int OpenFindings, int Repaired)
{
    /// <summary>Of a row.</summary>
    public static RunAnswer Of(ReconciliationRunRow r) => new(
        r.Id, r.From, r.To, r.StartedAt, r.FinishedAt, r.Failure, r.Transactions, r.Payments, r.Refunds, r.Disputes, r.Payouts, r.OpenFindings, r.Repaired);
}

/// <summary>An account over a period as the API tells it; debits are positive.</summary>
public sealed record AccountAnswer(LedgerAccount Account, string Name, Money Opening, Money Debits, Money Credits, Money Closing);

/// <summary>The report as the API tells it; <c>to</c> is the last day.</summary>
public sealed record ReportAnswer(DateOnly From, DateOnly To, IReadOnlyList<AccountAnswer> Accounts, IReadOnlyList<FindingAnswer> Findings, RunAnswer? LastRun, bool CollectingOff);

/// <summary>The ledger and its comparison with the gateway's books, for the publisher's own systems.</summary>
internal static class ReconciliationRoutes
{
    private static readonly Refusal _busy = new("reconciliation-under-way", "A comparison is under way. Please ask again in a minute.");

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("").WithTags("Reconciliation");
        group.MapGet("/reconciliation", ReportAsync).WithName("GetReconciliation").WithSummary("The report of a period: accounts, differences, the newest comparison.")
            .Produces<ReportAnswer>().ProducesValidationProblem();
        group.MapPost("/reconciliation", RunAsync).WithName("RunReconciliation").WithSummary("Compares our records with the payment provider's now.")
            .WithDescription("Without a query as far back as is needed; with `from` and `to` in the query (days, both included) only these. A body is not read.")
            .Produces<RunAnswer>().ProducesProblem(409).ProducesProblem(503).HonoursKey();
        group.MapGet("/reconciliation/findings", async (FindingDesk desk) => new ApiList<FindingAnswer>([.. (await desk.ListAsync(PageQuery.MaxLimit)).Select(FindingAnswer.Of)], null))
            .WithName("GetFindings").WithSummary("The newest hundred differences, those that wait for a decision first.").Produces<ApiList<FindingAnswer>>();
        group.MapGet("/reconciliation/report.csv", ReportCsvAsync).WithName("GetReconciliationCsv").WithSummary("The report as CSV.")
            .Produces<string>(200, "text/csv").ProducesValidationProblem();
        group.MapGet("/ledger.csv", LedgerCsvAsync).WithName("GetLedgerCsv").WithSummary("The lines of the ledger in a period, as CSV.")
            .Produces<string>(200, "text/csv").ProducesValidationProblem();
    }

    /// <summary>The downloads of the support page, for signed-in staff.</summary>
    public static void MapDownloads(WebApplication app)
    {
        app.MapGet("/support/reconciliation/report.csv", ReportCsvAsync).RequireAuthorization(Policies.Support).ExcludeFromDescription();
        app.MapGet("/support/reconciliation/ledger.csv", LedgerCsvAsync).RequireAuthorization(Policies.Support).ExcludeFromDescription();
    }

    /// <summary>The ledger of a period as a download.</summary>
    public static IResult Ledger(PeriodQuery period, FinanceReportQuery reports, LedgerBooks books)
    {
        var (from, to) = reports.PeriodOf(period.From, period.To);
        return Results.Stream(output => CsvFiles.WriteLedgerAsync(output, books.LinesAsync(from, to)), "text/csv; charset=utf-8", $"ledger-{period.From:yyyyMMdd}-{period.To.AddDays(-1):yyyyMMdd}.csv");
    }

    /// <summary>The report of a period as a download.</summary>
    public static async Task<IResult> ReportCsv(PeriodQuery period, FinanceReportQuery reports)
    {
        var report = await reports.RunAsync(period.From, period.To);
        return Results.Stream(output => CsvFiles.WriteReportAsync(output, report), "text/csv; charset=utf-8", $"reconciliation-{period.From:yyyyMMdd}-{period.To.AddDays(-1):yyyyMMdd}.csv");
    }

    private static PeriodQuery? Read(HttpRequest request, PublisherHours hours, BillingClock clock) =>
        request.Query["from"].Count > 1 || request.Query["to"].Count > 1 ? null : PeriodQuery.Read(request.Query["from"], request.Query["to"], hours, clock);

    private static IResult Bad() => Problems.Bad("from", PeriodQuery.Hint);

    private static async Task<IResult> ReportAsync(HttpRequest request, FinanceReportQuery reports, CollectingGate gate, PublisherHours hours, BillingClock clock)
    {
        if (Read(request, hours, clock) is not { } period)
        {
            return Bad();
        }

        var report = await reports.RunAsync(period.From, period.To);
        return Results.Ok(new ReportAnswer(
            report.FromDay, report.ToDay.AddDays(-1),
            [.. report.Accounts.Select(a => new AccountAnswer(
                a.Account, FindingWords.Name(a.Account), new(a.Opening, a.Currency), new(a.Debits, a.Currency), new(a.Credits, a.Currency), new(a.Closing, a.Currency)))],
            [.. report.Findings.Select(FindingAnswer.Of)], report.LastRun is { } run ? RunAnswer.Of(run) : null, await gate.StateAsync() is { ClosedAt: not null }));
    }

    private static async Task<IResult> RunAsync(HttpRequest request, Reconcile reconcile, FinanceReportQuery reports, PublisherHours hours, BillingClock clock)
    {
        if (Read(request, hours, clock) is not { } period)
        {
            return Bad();
        }

        var asked = request.Query.ContainsKey("from") || request.Query.ContainsKey("to") ? reports.PeriodOf(period.From, period.To) : null;
        return await reconcile.NowAsync(asked?.From, asked?.To, Actors.Api) switch
        {
            null => Problems.Refused(_busy),
            { Failure: { } failure } => Problems.Named(503, "gateway-unavailable", "The comparison broke off.", failure),
            var run => Results.Ok(RunAnswer.Of(run)),
        };
    }

    private static async Task<IResult> ReportCsvAsync(HttpRequest request, FinanceReportQuery reports, PublisherHours hours, BillingClock clock) =>
        Read(request, hours, clock) is { } period ? await ReportCsv(period, reports) : Bad();

    private static IResult LedgerCsvAsync(HttpRequest request, FinanceReportQuery reports, LedgerBooks books, PublisherHours hours, BillingClock clock) =>
        Read(request, hours, clock) is { } period ? Ledger(period, reports, books) : Bad();
}
