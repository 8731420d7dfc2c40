using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Features.Webhooks;

/// <summary>A webhook only knocks: verify, store under its unique id, answer. A job looks at what it is about.</summary>
public static class ReceiveStripeWebhook
{
    /// <summary>Maps <c>POST /webhooks/stripe</c>.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/webhooks/stripe", HandleAsync).DisableAntiforgery().ExcludeFromDescription();

    private static async Task<IResult> HandleAsync(
        HttpRequest request, StripeWebhook webhook, IDbContextFactory<SubscriptionsDb> databases, Subscriptions.Data.DatabaseProvider provider,
        IJobScheduler jobs, BillingClock clock)
    {
        var body = await StripeWebhook.ReadBodyAsync(request, request.HttpContext.RequestAborted);
        return webhook.TryRead(request.Headers, body) switch
        {
            WebhookReading.Accepted accepted => await StoreAsync(accepted, databases, provider, jobs, clock),
            WebhookReading.Refused refused => Results.Problem(
                refused.Reason, statusCode: refused.Status, title: "The webhook was refused.", type: "urn:subscriptions:webhook-refused"),
            var other => throw new InvalidOperationException(other.GetType().Name),
        };
    }

    private static async Task<IResult> StoreAsync(
        WebhookReading.Accepted accepted, IDbContextFactory<SubscriptionsDb> databases, Subscriptions.Data.DatabaseProvider provider,
        IJobScheduler jobs, BillingClock clock)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (!await db.WebhookEvents.AnyAsync(e => e.Id == accepted.EventId))
        {
            db.WebhookEvents.Add(new WebhookEventRow { Id = accepted.EventId, Type = accepted.Type, ReceivedAt = clock.Now });
            db.DueWork.Add(new DueWorkRow { Kind = WorkKind.ProcessWebhook, Id = accepted.EventId, DueAt = clock.Now });
            try
            {
                await db.SaveChangesAsync();
            }
            catch (DbUpdateException twice) when (provider.IsUniqueViolation(twice))
            {
                return Results.Ok();
            }

            await jobs.LookNowAsync<ProcessDueWebhooks>();
        }

        return Results.Ok();
    }
}
