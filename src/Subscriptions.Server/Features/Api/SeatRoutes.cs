using FluentValidation;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Api;

/// <summary>A place in a group to be given out: to a reader at once, or to whoever accepts an invitation by mail.</summary>
/// <param name="ReaderId">Who gets it at once.</param>
/// <param name="Email">Where an invitation goes instead.</param>
public sealed record NewSeatRequest(string? ReaderId, string? Email)
{
    /// <summary>What each of them has to look like.</summary>
    public sealed class Rules : AbstractValidator<NewSeatRequest>
    {
        /// <summary>The rules.</summary>
        public Rules()
        {
            RuleFor(r => r.ReaderId).Must((r, id) => (id is null) != (r.Email is null)).WithMessage("Write either a reader's id or an e-mail address.");
            RuleFor(r => r.ReaderId).Must(id => id is null || ApiIds.IsPossible(id)).WithMessage("This is not a reader's id.");
            RuleFor(r => r.Email!).MustBeEmail().When(r => r.Email is not null);
        }
    }
}

/// <summary>Where a place stands.</summary>
public enum SeatStatus
{
    /// <summary>Kept for somebody who was invited.</summary>
    Invited,

    /// <summary>A reader has it.</summary>
    Taken,

    /// <summary>Over.</summary>
    Ended,
}

/// <summary>A place in a group.</summary>
/// <param name="Email">Where the invitation went; forgotten with the end.</param>
/// <param name="InvitedUntil">Until when the invitation can be accepted.</param>
/// <param name="End">Why it is over.</param>
public sealed record SeatAnswer(
    string Id, string SubscriptionId, SeatStatus Status, string? ReaderId, string? Email, DateTimeOffset MadeAt, DateTimeOffset? InvitedUntil, DateTimeOffset? TakenAt,
    SeatEnd? End, DateTimeOffset? EndedAt)
{
    internal static SeatAnswer Of(SeatRow row, DateTimeOffset now)
    {
        var state = row.ToSeat(now);
        var over = state as Seat.Over;
        var status = state switch { Seat.Invited => SeatStatus.Invited, Seat.Taken => SeatStatus.Taken, _ => SeatStatus.Ended };
        return new(
            row.Id, row.SubscriptionId.Value, status, row.ReaderId?.Value, over is null ? row.Email : null, row.MadeAt, row.InvitedUntil, row.TakenAt, over?.End, over?.At);
    }
}

/// <summary><c>/api/subscriptions/{id}/seats</c> and <c>/api/seats/{id}</c>.</summary>
internal static class SeatRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var ofGroup = api.MapGroup("/subscriptions/{id}/seats").WithTags("Groups");
        ofGroup.MapGet("", ListAsync).WithName("GetSeats").WithSummary("The places of a group: all that are not over, and the hundred newest of those that are.")
            .Produces<ApiList<SeatAnswer>>().ProducesProblem(404);
        ofGroup.MapPost("", GiveAsync).WithName("GiveSeat").WithSummary("Gives a reader a place in a group, or invites somebody by mail.")
            .WithDescription($"An invitation keeps the place for {Seat.InvitationDays} days. Nothing is charged to who reads by it.")
            .TakesJson<NewSeatRequest>().Produces<SeatAnswer>(201).ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409);
        api.MapGroup("/seats/{id}").WithTags("Groups").MapPost("/withdraw", WithdrawAsync).WithName("WithdrawSeat")
            .WithSummary("Takes a place back, or withdraws its invitation; a second time it changes nothing.")
            .HonoursKey().Produces<SeatAnswer>().ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(string id, GroupQuery groups, BillingClock clock) =>
        ApiIds.IsPossible(id) && await groups.ListAsync(SubscriptionId.From(id)) is { } rows
            ? Results.Ok(new ApiList<SeatAnswer>([.. rows.Select(row => SeatAnswer.Of(row, clock.Now))], null))
            : Problems.NotFound("subscription");

    private static async Task<IResult> GiveAsync(string id, HttpContext http, NewSeatRequest.Rules rules, GroupSeats seats, BillingClock clock)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!ApiIds.IsPossible(id))
        {
            return Problems.NotFound("subscription");
        }

        var group = SubscriptionId.From(id);
        var result = wanted!.ReaderId is { } reader
            ? await seats.GiveAsync(group, ReaderId.From(reader), RequestKey.Of(http), Actors.Api)
            : await seats.InviteAsync(group, wanted.Email!, RequestKey.Of(http), Actors.Api);
        return Answer(result, row => Results.Created($"/api/subscriptions/{id}/seats", SeatAnswer.Of(row, clock.Now)));
    }

    private static async Task<IResult> WithdrawAsync(string id, GroupSeats seats, BillingClock clock) => ApiIds.IsPossible(id)
        ? Answer(await seats.TakeBackAsync(id, null, Actors.Api), row => Results.Ok(SeatAnswer.Of(row, clock.Now)))
        : Problems.NotFound("seat");

    private static IResult Answer(SeatResult result, Func<SeatRow, IResult> done) => result switch
    {
        SeatResult.Done ok => done(ok.Row),
        SeatResult.Refused { Refusal: var why } when why == SeatRefusals.NoSubscription => Problems.NotFound("subscription"),
        SeatResult.Refused { Refusal: var why } when why == SeatRefusals.NoReader => Problems.NotFound("reader"),
        SeatResult.Refused { Refusal: var why } when why == SeatRefusals.NoSeat => Problems.NotFound("seat"),
        SeatResult.Refused refused => Problems.Refused(refused.Refusal),
        _ => Results.Problem(Problems.Of(500)),
    };
}
