using FluentValidation;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Dunning;

namespace Subscriptions.Server.Features.Api;

/// <summary>The pause that is to end.</summary>
/// <param name="Reason">Which, by its reason.</param>
public sealed record ResumeDunningRequest(string? Reason)
{
    internal sealed class Rules : AbstractValidator<ResumeDunningRequest>
    {
        public Rules() => RuleFor(r => r.Reason).Must(reason => PauseDunningRequest.ReasonOf(reason) is not null).WithMessage("Write the reason of the pause that is to end.");
    }
}

/// <summary><c>/api/subscriptions/{id}/pause-dunning</c> and <c>/resume-dunning</c>.</summary>
internal static class PauseRoutes
{
    public static void Map(RouteGroupBuilder one)
    {
        one.MapPost("/pause-dunning", PauseAsync).WithName("PauseDunning").WithSummary("Lets the payment problem stand still until a date: no notice begins, nothing is tried, nothing ends.")
            .TakesJson<PauseDunningRequest>().Produces<SubscriptionAnswer>().ProducesValidationProblem().ProducesProblem(409);
        one.MapPost("/resume-dunning", ResumeAsync).WithName("ResumeDunning").WithSummary("Lets the payment problem go on before that date; what was told stays a floor.")
            .TakesJson<ResumeDunningRequest>().Produces<SubscriptionAnswer>().ProducesValidationProblem().ProducesProblem(409);
    }

    private static async Task<IResult> PauseAsync(string id, HttpContext http, PauseDunningRequest.Rules rules, PauseDunning pause, SubscriptionOverviewQuery overview, PublisherHours hours)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        return refusal ?? await AnswerAsync(
            id, subscription => pause.RunAsync(subscription, PauseDunningRequest.ReasonOf(wanted!.Reason)!.Value, wanted.Until!.Value, wanted.Note, Actors.Api), overview, hours);
    }

    private static async Task<IResult> ResumeAsync(string id, HttpContext http, ResumeDunningRequest.Rules rules, PauseDunning pause, SubscriptionOverviewQuery overview, PublisherHours hours)
    {
        var (wanted, refusal) = await JsonBody.ReadAsync(http, rules);
        return refusal ?? await AnswerAsync(id, subscription => pause.ResumeAsync(subscription, PauseDunningRequest.ReasonOf(wanted!.Reason)!.Value, Actors.Api), overview, hours);
    }

    private static async Task<IResult> AnswerAsync(string id, Func<SubscriptionId, Task<Refusal?>> act, SubscriptionOverviewQuery overview, PublisherHours hours)
    {
        if (!ApiIds.IsPossible(id))
        {
            return Problems.NotFound("subscription");
        }

        return await act(SubscriptionId.From(id)) is { } refusal && refusal != SubscriptionCommands.NotFound
            ? Problems.Refused(refusal)
            : await overview.RunAsync(SubscriptionId.From(id)) is { } found ? Results.Ok(SubscriptionAnswer.Of(found, hours)) : Problems.NotFound("subscription");
    }
}
