namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>Pages of objects, newest first, with Stripe's cursors.</summary>
internal static class LedgerLists
{
    /// <summary>The page and whether more lies beyond it. Null: the cursor names no object of this kind.</summary>
    public static (List<StripeObject> Page, bool HasMore)? Page(this LedgerTransaction ledger, ListQuery query)
    {
        var cursorId = query.StartingAfter ?? query.EndingBefore;
        var cursor = ledger.Find(query.Kind, cursorId);
        if (cursorId is not null && cursor is null)
        {
            return null;
        }

        var backwards = query.EndingBefore is not null;
        var rows = ledger.Sql.Rows(Sql(query, cursor is not null, backwards), LedgerTransaction.Map,
            query.Kind, query.CreatedFrom, query.CreatedTo, query.Customer, query.Parent,
            cursor?.Created, cursor?.Seq, query.Limit + 1,
            query.TypePatterns.ElementAtOrDefault(0), query.TypePatterns.ElementAtOrDefault(1),
            query.TypePatterns.ElementAtOrDefault(2), query.TypePatterns.ElementAtOrDefault(3));
        var more = rows.Count > query.Limit;
        var page = rows.Take(query.Limit).ToList();
        if (backwards)
        {
            page.Reverse();
        }

        return (page, more);
    }

    /// <summary>At most this many patterns of event types in one list.</summary>
    public const int MaxTypePatterns = 4;

    private static string Sql(ListQuery query, bool cursor, bool backwards) =>
        "SELECT seq, id, kind, created, body, hidden FROM objects WHERE kind = @p0 AND created >= @p1 AND created <= @p2"
        + (query.Customer is null ? "" : " AND customer = @p3")
        + (query.Parent is null ? "" : " AND parent = @p4")
        + (query.TypePatterns.Count == 0 ? "" : " AND (type GLOB @p8 OR type GLOB @p9 OR type GLOB @p10 OR type GLOB @p11)")
        + (cursor, backwards) switch
        {
            (false, _) => "",
            (true, false) => " AND (created, seq) < (@p5, @p6)",
            (true, true) => " AND (created, seq) > (@p5, @p6)",
        }
        + (backwards ? " ORDER BY created, seq" : " ORDER BY created DESC, seq DESC")
        + " LIMIT @p7";
}
