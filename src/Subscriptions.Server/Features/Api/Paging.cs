using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Extensions;
using Subscriptions.Server.Features.Support;

namespace Subscriptions.Server.Features.Api;

/// <summary>One page of a list, newest first.</summary>
/// <param name="Items">At most as many as were asked for.</param>
/// <param name="Next">The path of the next page; null on the last.</param>
public sealed record ApiList<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Which page is asked for: <c>limit</c> and the <c>cursor</c> that a former page's <c>next</c> carries.</summary>
public sealed class PageQuery
{
    /// <summary>Items per page without a word about it.</summary>
    public const int DefaultLimit = 20;

    /// <summary>Most items per page.</summary>
    public const int MaxLimit = 100;

    private static readonly string[] _paged = ["limit", "cursor"];

    // What a list is narrowed by, so that the next page is of the same list.
    private static readonly string[] _kept = ["query", "type", "state", "day"];

    private const int MostShown = 100_000;
    private const long MicrosecondsToTheEnd = 253_402_300_799_999_999;

    private PageQuery(Page page, (string Field, string Message)? wrong) => (Page, Wrong) = (page, wrong);

    /// <summary>The page.</summary>
    public Page Page { get; }

    /// <summary>What is wrong with the wish, if anything.</summary>
    public (string Field, string Message)? Wrong { get; }

    /// <summary>Reads the query of an API's list; never fails. A name that nothing asks for is wrong: whoever narrows a list by it would get all of it.</summary>
    public static ValueTask<PageQuery> BindAsync(HttpContext http, ParameterInfo parameter) => ValueTask.FromResult(
        http.Request.Query.Keys.FirstOrDefault(name => !_paged.Contains(name, StringComparer.OrdinalIgnoreCase) && !_kept.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } stray
            ? new(Page.First(DefaultLimit), (stray, "Nothing of this name is asked for here."))
            : Read(http.Request.Query));

    /// <summary>Reads a query.</summary>
    public static PageQuery Read(IQueryCollection query)
    {
        var limit = DefaultLimit;
        if (query.TryGetValue("limit", out var limits)
            && !(limits is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MaxLimit))
        {
            return new(Page.First(DefaultLimit), ("limit", $"Write a whole number from 1 to {MaxLimit}, once."));
        }

        if (!query.TryGetValue("cursor", out var cursors))
        {
            return new(Page.First(limit), null);
        }

        return cursors is [{ } cursor] && TryReadCursor(cursor, limit) is { } page
            ? new(page, null)
            : new(Page.First(limit), ("cursor", "Write the cursor of a former page, once, as it was given."));
    }

    /// <summary>The list as it is answered: with the path of the next page.</summary>
    public static ApiList<TOut> Answer<TIn, TOut>(HttpRequest request, Paged<TIn> paged, int limit, Func<TIn, TOut> select)
    {
        if (paged.Next is not { } next)
        {
            return new([.. paged.Items.Select(select)], null);
        }

        var query = new QueryBuilder();
        foreach (var name in _kept.Where(request.Query.ContainsKey))
        {
            query.Add(name, request.Query[name].ToString());
        }

        query.Add("limit", limit.ToString(CultureInfo.InvariantCulture));
        query.Add("cursor", Write(next));
        return new([.. paged.Items.Select(select)], request.Path.ToUriComponent() + query.ToQueryString().ToUriComponent());
    }

    /// <summary>A cursor as it travels.</summary>
    public static string Write(Page page) => string.Create(
        CultureInfo.InvariantCulture, $"{(page.Before - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}-{page.Shown}");

    private static Page? TryReadCursor(string cursor, int limit) =>
        cursor.Length <= 40 && cursor.Split('-') is [var at, var shown]
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds <= MicrosecondsToTheEnd
        && int.TryParse(shown, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= MostShown
            ? new Page(DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds), count, limit)
            : null;
}
