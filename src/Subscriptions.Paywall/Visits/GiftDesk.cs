using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>A gift link that a browser came by.</summary>
/// <param name="Gift">Its id at the service; empty for one that was not good.</param>
/// <param name="Article">The one article that it opens, by its <see cref="MeterRule.ShortName"/>: eight of them must fit into one cookie.</param>
/// <param name="Visit">This browser's own number, so that its use is counted once.</param>
/// <param name="Until">When it ends, in the service's time.</param>
/// <param name="Opens">What it opens: as much as its giver could read herself.</param>
/// <param name="IsCounted">Whether the service has counted the use and let it in.</param>
internal sealed record HeldGift(string Gift, string Article, string Visit, DateTimeOffset Until, IReadOnlyList<string> Opens, bool IsCounted)
{
    public bool IsSpent => Gift.Length == 0;
}

/// <summary>
/// Gift links. Opening one only lays a sealed cookie down and leads to the article's plain address; what comes back with the cookie is
/// counted at the service. So a programme that fetches a link to show a preview of it, and keeps no cookies, uses nothing up.
/// </summary>
internal sealed class GiftDesk(
    IDataProtectionProvider protection, ReaderCookies cookies, SiteTokens tokens, ServiceClient service, ServiceHealth health, ServiceTime serviceTime,
    ArticleNames articles, PlainPages pages, IOptions<PaywallOptions> options)
{
    /// <summary>The name of the query parameter.</summary>
    public const string Parameter = "gift";

    private const int MostHeld = 8;

    // As the service takes it: 128 bits that nobody can guess, since whoever knows a visit that was counted reads by it.
    private const int VisitLength = 32;
    private static readonly TimeSpan SpentIsTold = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CookieLife = TimeSpan.FromDays(30);
    private readonly SealedCookie<HeldGift[]> _held = new(
        cookies.Gifts, protection.CreateProtector("Subscriptions.Paywall.Gifts.v1", options.Value.SiteId), WireJson.Default.HeldGiftArray, cookies);

    public static bool HasLink(HttpRequest request) =>
        request.QueryString.HasValue && request.QueryString.Value!.Contains(Parameter + "=", StringComparison.Ordinal) && request.Query[Parameter].Count == 1;

    public bool HoldsAny(HttpRequest request) => _held.IsIn(request);

    /// <summary>Takes the link of a request that was refused, and leads to the article's plain address.</summary>
    public async Task TakeAsync(HttpContext context)
    {
        PrivateResponse.Mark(context);
        if (await LayDownAsync(context))
        {
            context.Response.Redirect(PlainAddress(context.Request));
            return;
        }

        RefusalResponder.MarkUnavailable(context.Response);
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync(pages.Message(
            context, "We cannot open this gift just now", "The fault is ours, and the link stays good. Please try again in a minute.", "Try again", PaywallLinks.LocalPathOf(context.Request)));
    }

    /// <summary>What the held gifts do for an article.</summary>
    /// <param name="requirement">What the article asks.</param>
    public async ValueTask<(Grant? Grant, bool IsSpent, bool Waits)> ForAsync(HttpContext context, string article, Requirement requirement)
    {
        var held = Held(context.Request);
        var name = MeterRule.ShortName(article);
        var here = held.Where(one => one.Article == name && serviceTime.Now < one.Until).ToList();
        var (read, isSpent, waits) = (held, here.Any(one => one.IsSpent), false);
        HeldGift? good = null;
        var counts = !HttpMethods.IsHead(context.Request.Method);
        // A newer link must not shut out whoever holds a good one: first what opens what is asked, and of that what is counted, which needs no service.
        foreach (var gift in here.Where(one => !one.IsSpent).OrderByDescending(one => OpenedBy(one, requirement)).ThenByDescending(one => one.IsCounted))
        {
            // While one cannot be counted, none can.
            if (!gift.IsCounted && (waits || !counts))
                continue;
            var next = gift.IsCounted ? gift : await CountAsync(gift);
            if (next != gift)
                held = [next, .. held.Where(one => one != gift && !(one.IsSpent && one.Article == name))];
            if (next.IsCounted)
            {
                good = next;
                break;
            }

            (isSpent, waits) = (isSpent || next.IsSpent, !next.IsSpent);
        }

        if (held != read)
            Keep(context, held);
        return (good is null ? null : GrantOf(good), isSpent, waits);
    }

    private static int OpenedBy(HeldGift gift, Requirement requirement) => requirement.Entitlements.Count(GrantOf(gift).Opens);

    // The same gift if nobody can count it now.
    private async ValueTask<HeldGift> CountAsync(HeldGift gift)
    {
        if (!health.MayAsk())
            return gift;
        return (await service.UseGiftAsync(gift.Gift, gift.Visit)).Outcome switch
        {
            CallOutcome.Answered => gift with { IsCounted = true },
            CallOutcome.Unknown => Spent(gift.Article),
            CallOutcome.Unreachable => gift,
        };
    }

    // False if there is nothing to judge the link by.
    private async Task<bool> LayDownAsync(HttpContext context)
    {
        var article = articles.Of(context);
        var held = Held(context.Request).Where(one => serviceTime.Now < one.Until && !one.IsSpent).ToList();
        var token = await tokens.VerifyAsync(SiteTokens.Gift, context.Request.Query[Parameter]);
        if (token is null && !tokens.CanJudge)
            return false;
        var good = token is not null && token.TryGetPayloadValue<string>("art", out var its) && its == article
                   && token.TryGetPayloadValue<long>("end", out var end) && token.TryGetPayloadValue<string[]>("ent", out var opens) && DateTimeOffset.FromUnixTimeSeconds(end) is var until && serviceTime.Now < until
            ? new HeldGift(token.Id, MeterRule.ShortName(article), RandomNumberGenerator.GetHexString(VisitLength, lowercase: true), until, opens, false)
            : null;
        // A link that is no good takes nothing from a browser that holds a good one.
        if (!held.Any(one => one.Article == MeterRule.ShortName(article) && (good is null || one.Gift == good.Gift)))
            held.Insert(0, good ?? Spent(MeterRule.ShortName(article)));
        Keep(context, held);
        return true;
    }

    // Cookies from before gifts had short names hold the article's whole name.
    private HeldGift[] Held(HttpRequest request) => [.. (_held.Read(request) ?? []).Select(one => MeterRule.IsShortName(one.Article) ? one : one with { Article = MeterRule.ShortName(one.Article) })];

    // As many as fit, newest first; before any that was read by, links go that have a newer one of the same article and were never used.
    private void Keep(HttpContext context, IReadOnlyList<HeldGift> held)
    {
        var newest = held.Where(one => !one.IsCounted).DistinctBy(one => one.Article).ToList();
        List<HeldGift> kept = [.. held.OrderBy(one => !one.IsCounted && !newest.Contains(one))];
        var count = Math.Min(kept.Count, MostHeld);
        while (!_held.Write(context, [.. kept.Take(count)], CookieLife) && count > 0)
            count--;
    }

    private HeldGift Spent(string name) => new("", name, "", serviceTime.Now + SpentIsTold, [], false);

    private static Grant GrantOf(HeldGift gift) => new(GrantKinds.GiftLink, gift.Gift, gift.Opens, null, gift.Until);

    private static string PlainAddress(HttpRequest request)
    {
        var to = PaywallLinks.LocalPathOf(request);
        var query = QueryHelpers.ParseQuery(request.QueryString.Value);
        query.Remove(Parameter);
        return QueryHelpers.AddQueryString(to.Split('?')[0], query);
    }
}
