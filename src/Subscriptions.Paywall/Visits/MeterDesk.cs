using Microsoft.AspNetCore.Http;

namespace Subscriptions.Paywall;

/// <summary>
/// Reads and counts metered articles: a reader's at the service, which all websites and machines share; a browser's in its cookie. While the service cannot be
/// asked, a reader is counted like a browser.
/// </summary>
internal sealed class MeterDesk(ServiceClient service, ServiceHealth health, ServiceTime serviceTime, BrowserMeter browser, TimeProvider time)
{
    private const int MostReaders = 20_000;
    private static readonly TimeSpan RefusalKept = TimeSpan.FromSeconds(2);
    private readonly BoundedMemory<Held> _readers = new(MostReaders);

    /// <summary>How the meter stands for an article, and counts it if it may be read.</summary>
    /// <param name="counts">Whether the request brings the article; otherwise the meter is only looked at.</param>
    public async ValueTask<MeterReading> ReadAsync(HttpContext context, string? readerId, string article, MeterRule rule, bool counts)
    {
        var name = MeterRule.ShortName(article);
        return readerId is not null && await AtServiceAsync(readerId, name, rule, counts) is { } reading ? reading : InBrowser(context, name, rule, counts);
    }

    private async ValueTask<MeterReading?> AtServiceAsync(string readerId, string name, MeterRule rule, bool counts)
    {
        var (wall, now) = (time.GetUtcNow(), serviceTime.Now);
        if (_readers.TryGet(readerId, out var held) && held is not null && rule.Read(held.Articles, name, now) is var remembered
            && (remembered.Counted || (!remembered.Allows && wall >= held.At && wall - held.At < RefusalKept)))
            return remembered;
        if (!health.MayAsk())
            return null;
        var result = await service.MeterAsync(readerId, name, counts);
        if (result.Value is not { } body)
            return null;
        CountedArticle[] articles = [.. body.Articles.Where(one => MeterRule.IsShortName(one.Article)).Take(MeterRule.MostArticles).Select(one => new CountedArticle(one.Article, one.At))];
        _readers.Set(readerId, new Held(articles, wall));
        return rule.Read(articles, name, serviceTime.Now);
    }

    private MeterReading InBrowser(HttpContext context, string name, MeterRule rule, bool counts)
    {
        var now = serviceTime.Now;
        var standing = rule.Standing(browser.Read(context.Request), now);
        var reading = rule.Read(standing, name, now);
        if (!counts || reading.Counted || !reading.Allows)
            return reading;
        IReadOnlyList<CountedArticle> counted = [.. standing, new CountedArticle(name, now)];
        browser.Write(context, counted);
        return rule.Read(counted, name, now);
    }

    private sealed record Held(CountedArticle[] Articles, DateTimeOffset At);
}
