using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;
using Subscriptions.Sandbox.Inbox;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Panel;

/// <summary>The answer of <c>GET /clock.json</c>.</summary>
public sealed record ClockAnswer(DateTimeOffset Now);

/// <summary>The answer of <c>POST /clock/advance</c>.</summary>
/// <param name="Stops">At how many moments something was due on the way.</param>
/// <param name="TookMilliseconds">Wall time.</param>
public sealed record AdvanceAnswer(DateTimeOffset Now, DateTimeOffset From, int Stops, long TookMilliseconds, string Summary);

/// <summary>The answer of <c>GET /faults.json</c>.</summary>
public sealed record FaultsAnswer(IReadOnlyList<ActiveFault> Faults, IReadOnlyList<FaultTargetInfo> Targets);

/// <summary>The wish of <c>POST /cards/renew</c>.</summary>
/// <param name="PaymentMethod">The stored card, such as <c>pm_…</c>.</param>
/// <param name="Card">The test token of the new card; null for the same number with a later date.</param>
public sealed record CardRenewal(string? PaymentMethod, string? Card);

/// <summary>The machine-readable twins of the panel's pages.</summary>
internal static class PanelApi
{
    public static void MapPanelApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/readers.json", (SeededReaders readers) => readers.NowAsync()).WithSummary("Keys, staff and seeded readers as they stand now.");
        routes.MapGet("/inbox.json", Inbox).WithSummary("What the inbox took, decoded, newest first.");
        routes.MapGet("/clock.json", (SandboxClock clock) => new ClockAnswer(clock.Now)).WithSummary("Billing time.");
        routes.MapPost("/clock/advance", AdvanceAsync).WithSummary("Moves billing time on; everything due on the way runs.");
        routes.MapGet("/faults.json", async (FaultBoard faults) => new FaultsAnswer(await faults.ListAsync(), faults.Targets)).WithSummary("Faults that are set, and those that can be.");
        routes.MapPost("/faults", SetFaultAsync).WithSummary("Sets a fault.");
        routes.MapDelete("/faults", (FaultBoard faults) => ClearAllAsync(faults)).WithSummary("Clears every fault.");
        routes.MapDelete("/faults/{id}", ClearOneAsync).WithSummary("Clears one fault.");
        routes.MapGet("/journal.json", (StripeJournal journal, string? about, long? before, int? limit) => journal.ListAsync(about, before, limit ?? 100))
            .WithSummary("Requests to the simulated Stripe, newest first.");
        routes.MapPost("/cards/renew", RenewCardAsync).WithSummary("The bank issues a new card in place of a stored one; Stripe tells by payment_method.automatically_updated.");
        routes.MapPost("/reset", ResetAsync).WithSummary("Forgets everything and seeds anew.");
    }

    private static IEnumerable<StoredMail> Inbox(MailStore store, [Description("Only for this recipient.")] string? to) => store.List(to);

    private static async Task<Results<Ok<AdvanceAnswer>, ValidationProblem, ProblemHttpResult>> AdvanceAsync(
        AdvanceRequest? request, ClockAdvance advance, SandboxClock clock, CancellationToken stopping)
    {
        var (wish, errors) = AdvanceWish.Read(request, clock.Now);
        if (wish is null) return TypedResults.ValidationProblem(errors, type: "urn:sandbox:invalid-request");
        return await advance.RunAsync(wish, stopping) switch
        {
            AdvanceOutcome.Arrived done => TypedResults.Ok(new AdvanceAnswer(
                done.Now, done.From, done.Stops, (long)done.Took.TotalMilliseconds, done.Summary)),
            AdvanceOutcome.NotAhead => TypedResults.ValidationProblem(
                new Dictionary<string, string[]> { ["to"] = ["Must be ahead of the clock, which never goes back."] }, type: "urn:sandbox:invalid-request"),
            AdvanceOutcome.AlreadyMoving => Problem(409, "clock-moving", "The clock is being moved already."),
            AdvanceOutcome.NotKeeper => Problem(409, "not-keeper", "Another process keeps this folder's clock. Ask its panel."),
            AdvanceOutcome.Stuck stuck => Problem(503, "clock-stuck", $"The clock stopped at {Utc.Text(stuck.Now)}: {stuck.Culprit}."),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };
    }

    private static async Task<Results<Created<ActiveFault>, ValidationProblem>> SetFaultAsync(FaultRequest? request, FaultBoard faults)
    {
        var (fault, errors) = await faults.SetAsync(request);
        return fault is null
            ? TypedResults.ValidationProblem(errors, type: "urn:sandbox:invalid-request")
            : TypedResults.Created($"/faults/{Uri.EscapeDataString(fault.Id)}", fault);
    }

    private static async Task<Results<NoContent, ValidationProblem>> RenewCardAsync(CardRenewal? wish, StripeLedger stripe)
    {
        var refusal = wish?.PaymentMethod is { Length: > 0 and <= 100 } method ? await stripe.RenewCardAsync(method, wish.Card) : "Write the id of a stored card.";
        return refusal is null
            ? TypedResults.NoContent()
            : TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["paymentMethod"] = [refusal] }, type: "urn:sandbox:invalid-request");
    }

    private static async Task<NoContent> ClearAllAsync(FaultBoard faults)
    {
        await faults.ClearAsync(null);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ClearOneAsync(string id, FaultBoard faults) =>
        await faults.ClearAsync(id) ? TypedResults.NoContent() : Problem(404, "no-such-fault", "No fault of that id is set.");

    private static async Task<Results<Ok<ClockAnswer>, ProblemHttpResult>> ResetAsync(SandboxProcess process, SandboxClock clock) =>
        await process.ResetAsync() switch
        {
            ResetOutcome.Done => TypedResults.Ok(new ClockAnswer(clock.Now)),
            ResetOutcome.Busy => Problem(409, "busy", "The clock is being moved, or a reset is under way."),
            ResetOutcome.ServiceElsewhere => Problem(409, "service-elsewhere", "The service runs in another process. Stop it and remove the folder instead."),
            _ => throw new InvalidOperationException("Unknown outcome."),
        };

    private static ProblemHttpResult Problem(int status, string type, string title) =>
        TypedResults.Problem(statusCode: status, type: $"urn:sandbox:{type}", title: title);
}
