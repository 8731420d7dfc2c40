using System.Globalization;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Billing;
using Subscriptions.Server.Features.Webhooks;

namespace Subscriptions.Server.Features.Api;

/// <summary>A webhook of the inbox.</summary>
/// <param name="Id">The gateway's id of the event.</param>
/// <param name="OccurredAt">When the gateway says that it happened; null until it was read.</param>
/// <param name="WasMissed">It never knocked and was found in the gateway's list.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Tries">Looks in a row that broke off.</param>
/// <param name="LastError">The kind of failure that broke the last look off.</param>
/// <param name="ObjectId">The gateway's id of what it is about.</param>
public sealed record WebhookEventAnswer(
    string Id, string Type, WebhookState State, DateTimeOffset ReceivedAt, DateTimeOffset? OccurredAt, DateTimeOffset? ProcessedAt, bool WasMissed,
    string? Result, int Tries, string? LastError, string? ObjectId, string? PaymentIntentId, string? CustomerId, string? ReplayedBy, DateTimeOffset? ReplayedAt)
{
    internal static WebhookEventAnswer Of(WebhookEventRow row) => new(
        row.Id, row.Type, row.State, row.ReceivedAt, row.OccurredAt, row.ProcessedAt, row.WasMissed, row.Result, row.Tries, row.LastError,
        row.ObjectId, row.PaymentIntentId, row.CustomerId, row.ReplayedBy, row.ReplayedAt);
}

/// <summary><c>/api/webhook-events</c>.</summary>
internal static class WebhookEventRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var all = api.MapGroup("/webhook-events").WithTags("Webhooks");
        all.MapGet("", FindAsync).WithName("FindWebhookEvents").WithSummary("Looks webhooks of the gateway up, newest first.")
            .WithDescription("By query (an event's id from its beginning; the gateway's id of an object, payment or payer; a subscription's id), type, state (Received, Done, Ignored, Parked) and day (YYYY-MM-DD, the publisher's).")
            .Produces<ApiList<WebhookEventAnswer>>().ProducesValidationProblem();
        all.MapGet("/{id}", ReadAsync).WithName("GetWebhookEvent").WithSummary("Reads one webhook.").Produces<WebhookEventAnswer>().ProducesProblem(404);
        all.MapPost("/{id}/replay", ReplayAsync).WithName("ReplayWebhookEvent").WithSummary("Has a webhook looked at again.")
            .WithDescription("It is read again at the gateway; what was done already is not done twice. Follow its state.")
            .HonoursKey().Produces<WebhookEventAnswer>(202).ProducesProblem(404);
        all.MapPost("/resync", ResyncAsync).WithName("ResyncWebhookEvents").WithSummary("Compares the gateway's list of events with the inbox now.")
            .WithDescription("What never knocked is stored and looked at. The comparison runs in the background.").HonoursKey().Produces(202);
    }

    /// <summary>Reads what is looked for from an address; or names the field that cannot be used.</summary>
    public static (WebhookSearch Search, (string Field, string Message)? Wrong) Read(IQueryCollection query)
    {
        var nothing = new WebhookSearch(null, null, null, null);
        foreach (var name in (string[])["query", "type", "state", "day"])
        {
            if (query[name].Count > 1 || query[name].ToString() is var text && (text.Length > WebhookSearch.MaxLength || text.Any(char.IsControl)))
            {
                return (nothing, (name, $"Write one text of at most {WebhookSearch.MaxLength} characters without control characters."));
            }
        }

        WebhookState? state = null;
        if (query["state"].ToString() is { Length: > 0 } named)
        {
            if (!char.IsAsciiLetter(named[0]) || !Enum.TryParse<WebhookState>(named, ignoreCase: true, out var known) || !Enum.IsDefined(known))
            {
                return (nothing, ("state", $"Write one of {string.Join(", ", Enum.GetNames<WebhookState>())}."));
            }

            state = known;
        }

        DateOnly? day = null;
        if (query["day"].ToString() is { Length: > 0 } date)
        {
            if (!DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read) || read.Year is < 2000 or > 9000)
            {
                return (nothing, ("day", "Write a day as YYYY-MM-DD."));
            }

            day = read;
        }

        return (new(query["query"].ToString().Trim(), query["type"].ToString().Trim(), state, day), null);
    }

    private static async Task<IResult> FindAsync(HttpRequest request, PageQuery page, WebhookInbox inbox)
    {
        var (search, wrong) = Read(request.Query);
        return (wrong ?? page.Wrong) is var (field, message)
            ? Problems.Bad(field, message)
            : Results.Ok(PageQuery.Answer(request, await inbox.FindAsync(search, page.Page), page.Page.Limit, WebhookEventAnswer.Of));
    }

    private static async Task<IResult> ReadAsync(string id, WebhookInbox inbox) =>
        IsPossible(id) && await inbox.OneAsync(id) is { } row ? Results.Ok(WebhookEventAnswer.Of(row)) : Problems.NotFound("webhook-event");

    private static async Task<IResult> ReplayAsync(string id, WebhookInbox inbox) =>
        IsPossible(id) && await inbox.ReplayAsync(id, Actors.Api)
            ? Results.Accepted($"/api/webhook-events/{id}", WebhookEventAnswer.Of((await inbox.OneAsync(id))!))
            : Problems.NotFound("webhook-event");

    private static async Task<IResult> ResyncAsync(ResyncWebhooks resync)
    {
        await resync.WantAsync();
        return Results.Accepted();
    }

    private static bool IsPossible(string id) => id.Length <= WebhookSearch.MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
