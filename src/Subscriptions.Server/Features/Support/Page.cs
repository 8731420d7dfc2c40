using Microsoft.EntityFrameworkCore;

namespace Subscriptions.Server.Features.Support;

/// <summary>A place in a list that runs from the newest back: what comes at or before a moment, less what was shown of that moment.</summary>
/// <param name="Before">From this moment back.</param>
/// <param name="Shown">How many of exactly that moment were shown already.</param>
/// <param name="Limit">How many to show now.</param>
public sealed record Page(DateTimeOffset Before, int Shown, int Limit)
{
    /// <summary>The newest.</summary>
    public static Page First(int limit) => new(DateTimeOffset.MaxValue, 0, limit);

    /// <summary>Reads this page of rows that are already narrowed to <see cref="Before"/> and put in order.</summary>
    public async Task<Paged<T>> OfAsync<T>(IQueryable<T> newestFirst, Func<T, DateTimeOffset> at)
    {
        var rows = await newestFirst.Skip(Shown).Take(Limit + 1).ToListAsync();
        if (rows.Count <= Limit)
        {
            return new Paged<T>(rows, null);
        }

        rows.RemoveAt(Limit);
        var last = at(rows[^1]);
        var shown = rows.Count(row => at(row) == last) + (last == Before ? Shown : 0);
        return new Paged<T>(rows, new Page(last, shown, Limit));
    }
}

/// <summary>Items of a list, and where it goes on.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">Null when there are no more.</param>
public sealed record Paged<T>(IReadOnlyList<T> Items, Page? Next)
{
    /// <summary>The same page of something else.</summary>
    public Paged<TOut> Select<TOut>(Func<T, TOut> select) => new([.. Items.Select(select)], Next);
}
