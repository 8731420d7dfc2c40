using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>A webhook only knocks: verify, store under its unique id, answer. A job looks at what it is about.</summary>
public static class ReceiveStripeWebhook
{
    /// <summary>Maps <c>POST /webhooks/stripe</c>.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/webhooks/stripe", HandleAsync).DisableAntiforgery().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(HttpRequest request, StripeWebhook webhook, WebhookInbox inbox, IJobScheduler jobs)
    {
        var body = await StripeWebhook.ReadBodyAsync(request, request.HttpContext.RequestAborted);
        switch (webhook.TryRead(request.Headers, body))
        {
            case WebhookReading.Accepted accepted:
                if (await inbox.StoreAsync(accepted.EventId, accepted.Type, missed: false))
                {
                    await jobs.LookNowAsync<ProcessDueWebhooks>();
                }

                return Results.Ok();
            case WebhookReading.Refused refused:
                return Results.Problem(refused.Reason, statusCode: refused.Status, title: "The webhook was refused.", type: "urn:subscriptions:webhook-refused");
            case var other:
                throw new InvalidOperationException(other.GetType().Name);
        }
    }
}
