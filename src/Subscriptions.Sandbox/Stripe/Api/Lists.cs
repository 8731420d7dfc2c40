using System.Text.Json.Nodes;
using Subscriptions.Sandbox.Stripe.Ledger;

namespace Subscriptions.Sandbox.Stripe.Api;

/// <summary>Stripe's lists: <c>limit</c>, cursors, and <c>created</c> as a moment or a range.</summary>
internal static class Lists
{
    private const int DefaultLimit = 10;
    private const int MaxLimit = 100;

    public static StripeAnswer Of(StripeCall call, string kind, string url) => Answer(call, Query(call, kind), url, found => found.Body);

    public static ListQuery Query(StripeCall call, string kind)
    {
        if (call.Params.Has("starting_after") && call.Params.Has("ending_before"))
        {
            throw StripeFailure.Invalid("parameters_exclusive",
                "You may only specify one of these parameters: starting_after, ending_before.");
        }

        var limit = call.Params.Integer("limit") ?? DefaultLimit;
        if (limit is < 1 or > MaxLimit)
        {
            throw StripeFailure.Invalid("parameter_invalid_integer", limit < 1
                ? "This value must be greater than or equal to 1." : $"This value must be less than or equal to {MaxLimit} (it currently is '{limit}').",
                "limit");
        }

        var (from, to) = Created(call.Params);
        return new ListQuery(kind)
        {
            Limit = (int)limit,
            StartingAfter = call.Params.Text("starting_after"),
            EndingBefore = call.Params.Text("ending_before"),
            Customer = call.Params.Text("customer"),
            Parent = call.Params.Text("payment_intent"),
            CreatedFrom = from,
            CreatedTo = to,
        };
    }

    public static StripeAnswer Answer(StripeCall call, ListQuery query, string url, Func<StripeObject, JsonObject> show)
    {
        if (call.Ledger.Page(query) is not var (page, hasMore))
        {
            var (param, id) = query.StartingAfter is { } after ? ("starting_after", after) : ("ending_before", query.EndingBefore!);
            throw StripeFailure.NoSuch(query.Kind, id, param);
        }

        return StripeAnswer.Ok(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Select(show)]),
            ["has_more"] = hasMore,
            ["url"] = url,
        });
    }

    private static (long From, long To) Created(StripeParams request)
    {
        if (!request.Has("created"))
        {
            return (long.MinValue, long.MaxValue);
        }

        if (request.IsText("created"))
        {
            var moment = request.Integer("created")!.Value;
            return (moment, moment);
        }

        var range = request.Map("created");
        range.Only(new HashSet<string>(StringComparer.Ordinal) { "gt", "gte", "lt", "lte" });
        return (Math.Max(range.Integer("gte") ?? long.MinValue, Above(range.Integer("gt"))),
            Math.Min(range.Integer("lte") ?? long.MaxValue, Below(range.Integer("lt"))));
    }

    private static long Above(long? bound) => bound is < long.MaxValue ? bound.Value + 1 : bound ?? long.MinValue;

    private static long Below(long? bound) => bound is > long.MinValue ? bound.Value - 1 : bound ?? long.MaxValue;
}
