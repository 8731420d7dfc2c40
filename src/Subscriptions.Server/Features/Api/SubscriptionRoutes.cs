using FluentValidation;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>A subscription to be started.</summary>
/// <param name="ReaderId">Who pays.</param>
/// <param name="Plan">The plan's name, or the id of its version on offer.</param>
/// <param name="PaymentMethod">The gateway's token of a method; without one the reader lays one down herself.</param>
public sealed record NewSubscriptionRequest(string? ReaderId, string? Plan, string? PaymentMethod)
{
    internal sealed class Rules : AbstractValidator<NewSubscriptionRequest>
    {
        private const int MaxPlanLength = 120;
        private const int MaxTokenLength = 100;

        public Rules()
        {
            RuleFor(r => r.ReaderId).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Write the reader's id.")
                .Must(ApiIds.IsPossible!).WithMessage("This is not a reader's id.");
            RuleFor(r => r.Plan).Cascade(CascadeMode.Stop).NotEmpty().WithMessage("Write the plan's name, as GET /api/plans lists it.")
                .MaximumLength(MaxPlanLength).WithMessage($"A plan's name has at most {MaxPlanLength} characters.");
            RuleFor(r => r.PaymentMethod)
                .Must(token => token is null || (token.Length is > 0 and <= MaxTokenLength && token.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')))
                .WithMessage($"Write the payment method's token: letters, digits and underscores, at most {MaxTokenLength}.");
        }
    }
}

/// <summary><c>/api/subscriptions</c>.</summary>
internal static class SubscriptionRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var all = api.MapGroup("/subscriptions").WithTags("Subscriptions");
        all.MapPost("", StartAsync).WithName("StartSubscription").WithSummary("Starts a subscription.")
            .WithDescription("A reader has one living subscription at most. With a payment method the first payment is collected at once, without her; follow the state.")
            .TakesJson<NewSubscriptionRequest>().Produces<SubscriptionAnswer>(201).ProducesValidationProblem().ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
        var one = all.MapGroup("/{id}").ProducesProblem(404);
        one.MapGet("", ReadAsync).WithName("GetSubscription").WithSummary("Reads how a subscription stands.").Produces<SubscriptionAnswer>();
        MapActions(one);
        PauseRoutes.Map(one);
    }

    private static void MapActions(RouteGroupBuilder one)
    {
        MapCommand(one, "cancel", "CancelSubscription", "Cancels: ends with the paid period, or at once where nothing paid is left.", new SubscriptionCommand.CancelSubscription());
        MapCommand(one, "keep", "KeepSubscription", "Takes a cancellation back.", new SubscriptionCommand.KeepSubscription());
        MapCommand(one, "pause", "PauseSubscription", "Puts on hold: nothing is delivered or charged.", new SubscriptionCommand.PauseSubscription());
        MapCommand(one, "resume", "ResumeSubscription", "Takes up again; the days that were left are delivered first.", new SubscriptionCommand.ResumeSubscription());
        one.MapPost("/retry", RetryAsync).WithName("RetryPayment").WithSummary("Tries the open invoice once, now, without the reader.")
            .WithDescription("Answers with the try and how it went; a decline is an answer, not an error.")
            .HonoursKey().Produces<AttemptAnswer>().ProducesProblem(409);
    }

    private static void MapCommand(RouteGroupBuilder one, string path, string name, string summary, SubscriptionCommand command) =>
        one.MapPost("/" + path, async (string id, SubscriptionCommands commands, SubscriptionOverviewQuery overview, PublisherHours hours) =>
        {
            if (!ApiIds.IsPossible(id))
            {
                return Problems.NotFound("subscription");
            }

            return await commands.RunAsync(SubscriptionId.From(id), command, Actors.Api) is { } refusal
                ? Refuse(refusal)
                : await AnswerAsync(SubscriptionId.From(id), overview, hours);
        }).WithName(name).WithSummary(summary).HonoursKey().Produces<SubscriptionAnswer>().ProducesProblem(409);

    private static async Task<IResult> StartAsync(
        HttpContext http, NewSubscriptionRequest.Rules rules, Catalog catalog, StartSubscription start, SubscriptionOverviewQuery overview, PublisherHours hours)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        if (refusal is not null)
        {
            return refusal;
        }

        var plan = catalog.Offered.FirstOrDefault(p => p.Id == wanted!.Plan)?.PlanId ?? wanted!.Plan!;
        return await start.RunAsync(ReaderId.From(wanted!.ReaderId!), plan, wanted.PaymentMethod, Actors.Api) switch
        {
            StartResult.Started started => Results.Created(
                $"/api/subscriptions/{started.Id}", SubscriptionAnswer.Of((await overview.RunAsync(started.Id))!, hours)),
            StartResult.NotFound missing => Problems.NotFound(missing.What),
            StartResult.Refused refused => Refuse(refused.Refusal),
            _ => Results.Problem(Problems.Of(500)),
        };
    }

    private static async Task<IResult> ReadAsync(string id, SubscriptionOverviewQuery overview, PublisherHours hours) =>
        ApiIds.IsPossible(id) ? await AnswerAsync(SubscriptionId.From(id), overview, hours) : Problems.NotFound("subscription");

    private static async Task<IResult> RetryAsync(string id, RetryNow retry)
    {
        if (!ApiIds.IsPossible(id))
        {
            return Problems.NotFound("subscription");
        }

        return await retry.RunAsync(SubscriptionId.From(id), new CollectOrder(AttemptTrigger.Staff, Actors.Api, null, Now: true)) switch
        {
            RetryResult.Tried tried => Results.Ok(AttemptAnswer.Of(tried.InvoiceId, tried.Attempt)),
            RetryResult.Refused refused => Refuse(refused.Refusal),
            _ => Results.Problem(Problems.Of(500)),
        };
    }

    private static async Task<IResult> AnswerAsync(SubscriptionId id, SubscriptionOverviewQuery overview, PublisherHours hours) =>
        await overview.RunAsync(id) is { } found ? Results.Ok(SubscriptionAnswer.Of(found, hours)) : Problems.NotFound("subscription");

    private static IResult Refuse(Refusal refusal) => refusal switch
    {
        _ when refusal == SubscriptionCommands.NotFound => Problems.NotFound("subscription"),
        { Code: "gateway-unavailable" } => Problems.Named(503, refusal.Code, "The gateway is silent.", refusal.Reason),
        _ => Problems.Refused(refusal),
    };
}
