using System.Security.Cryptography;
using System.Text;

namespace Subscriptions.Paywall;

/// <summary>The span in which counted articles are added up.</summary>
public enum MeterWindow
{
    /// <summary>A month of the calendar in the publisher's zone.</summary>
    CalendarMonth,

    /// <summary>The last so many days: each article counts for that long.</summary>
    Rolling,
}

/// <summary>An article that was counted.</summary>
/// <param name="Article">Its short name, made by <see cref="MeterRule.ShortName"/>.</param>
/// <param name="At">When it was counted first, in the service's time.</param>
public sealed record CountedArticle(string Article, DateTimeOffset At);

/// <summary>How a meter stands for one article.</summary>
/// <param name="Limit">Articles that may be read in one window.</param>
/// <param name="Used">Articles that are counted in the present one.</param>
/// <param name="Counted">Whether this article is among them: it may be read again and again.</param>
/// <param name="ChangesAt">The first instant at which the reading could change by itself: when the next counted article falls out of the window.</param>
public sealed record MeterReading(int Limit, int Used, bool Counted, DateTimeOffset? ChangesAt)
{
    /// <summary>
    /// The first instant at which a further article may be read; null if one may be now. Later than <see cref="ChangesAt"/> where more are counted than may
    /// be read, as after the publisher gives fewer.
    /// </summary>
    public DateTimeOffset? OpensAt { get; init; }

    /// <summary>Whether this article may be read.</summary>
    public bool Allows => Counted || Used < Limit;

    /// <summary>How many further articles may be read.</summary>
    public int Left => Math.Max(0, Limit - Used);
}

/// <summary>How many metered articles may be read without a subscription. Pure: the website and the service read the same counts alike.</summary>
/// <param name="Articles">1 to <see cref="MostArticles"/>.</param>
/// <param name="Window">The span.</param>
/// <param name="Days">Its length where it rolls, 1 to 366.</param>
/// <param name="Zone">Whose months are meant.</param>
public sealed record MeterRule(int Articles, MeterWindow Window, int Days, TimeZoneInfo Zone)
{
    /// <summary>The most articles that a meter counts; a browser keeps them in one cookie.</summary>
    public const int MostArticles = 100;

    private const int NameBytes = 9;
    private const int LongestName = 500;

    /// <summary>
    /// The name of the article at a path, where the website gives it no other (<see cref="PaywallOptions.ArticleResolver"/>): the path in one way of writing
    /// it, so that case, encoding, doubled and trailing slashes make no second article of it.
    /// </summary>
    public static string NameOf(string? path)
    {
        var name = Uri.UnescapeDataString(path ?? "").Replace('\\', '/').ToLowerInvariant();
        var plain = "/" + string.Join('/', name.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return plain.Length <= LongestName ? plain : ShortName(plain);
    }

    /// <summary>An article's name as meters keep it: a hash, so that no list of addresses lies about.</summary>
    public static string ShortName(string article) =>
        System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(article)).AsSpan(0, NameBytes));

    /// <summary>Whether a text could be a <see cref="ShortName"/>.</summary>
    public static bool IsShortName(string? text) => text is { Length: NameBytes / 3 * 4 } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <summary>The first instant at which an article that was counted at one no longer is.</summary>
    public DateTimeOffset CountsUntil(DateTimeOffset countedAt)
    {
        if (Window == MeterWindow.Rolling)
            return countedAt.AddDays(Days);
        var local = TimeZoneInfo.ConvertTime(countedAt, Zone);
        var first = new DateTime(local.Year, local.Month, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMonths(1);
        while (Zone.IsInvalidTime(first))
            first = first.AddMinutes(30);
        return new DateTimeOffset(first, Zone.GetUtcOffset(first)).ToUniversalTime();
    }

    /// <summary>The counts that still stand at an instant, oldest first, each article once.</summary>
    public IReadOnlyList<CountedArticle> Standing(IEnumerable<CountedArticle> counted, DateTimeOffset now) =>
        [.. counted.Where(one => now < CountsUntil(one.At)).OrderBy(one => one.At).DistinctBy(one => one.Article)];

    /// <summary>Reads a meter for one article.</summary>
    /// <param name="counted">What was counted; what fell out of the window may be among it.</param>
    /// <param name="article">The article's <see cref="ShortName"/>.</param>
    /// <param name="now">The instant, in the service's time.</param>
    public MeterReading Read(IEnumerable<CountedArticle> counted, string article, DateTimeOffset now)
    {
        var standing = Standing(counted, now);
        return new(Articles, standing.Count, standing.Any(one => one.Article == article), standing.Count == 0 ? null : CountsUntil(standing[0].At))
        {
            OpensAt = standing.Count < Articles ? null : CountsUntil(standing[standing.Count - Articles].At),
        };
    }
}
