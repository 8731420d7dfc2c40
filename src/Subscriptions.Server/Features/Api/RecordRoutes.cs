using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>What is kept of a subscription, newest first.</summary>
internal static class RecordRoutes
{
    public static void Map(RouteGroupBuilder api)
    {
        var one = api.MapGroup("/subscriptions/{id}").WithTags("Subscriptions").ProducesProblem(404);
        MapList(one, "timeline", "GetTimeline", "What happened, newest first.", (records, id, page) => records.EventsAsync(id, page), TimelineAnswer.Of);
        MapList(one, "attempts", "GetAttempts", "Every try to collect, newest first.", (records, id, page) => records.AttemptsAsync(id, page), AttemptAnswer.Of);
        MapList(one, "invoices", "GetInvoices", "Every invoice, newest first.", (records, id, page) => records.InvoicesAsync(id, page), InvoiceAnswer.Of);
        MapList(one, "notices", "GetNotices", "The notices of payment problems and their delivery, newest first.",
            (records, id, page) => records.MailsAsync(id, MailKind.DunningNotice, page), NoticeRecordAnswer.Of);
    }

    private static void MapList<TRow, TAnswer>(
        RouteGroupBuilder one, string path, string name, string summary,
        Func<SubscriptionRecords, SubscriptionId, Page, Task<Paged<TRow>>> read, Func<TRow, TAnswer> select) =>
        one.MapGet("/" + path, async (string id, HttpRequest request, PageQuery page, SubscriptionRecords records) =>
        {
            if (page.Wrong is var (field, message))
            {
                return Problems.Bad(field, message);
            }

            return ApiIds.IsPossible(id) && await records.ExistsAsync(SubscriptionId.From(id))
                ? Results.Ok(PageQuery.Answer(request, await read(records, SubscriptionId.From(id), page.Page), page.Page.Limit, select))
                : Problems.NotFound("subscription");
        }).WithName(name).WithSummary(summary).Produces<ApiList<TAnswer>>().ProducesValidationProblem();
}
