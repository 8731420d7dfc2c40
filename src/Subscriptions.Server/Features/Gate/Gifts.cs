using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Accounts;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>A gift link's token, which the website puts behind the article's address.</summary>
/// <param name="Token">Signed; names the gift, the article, the end, and what it opens: as much as its giver could read herself.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Uses">How many browsers may come by it.</param>
/// <param name="LeftThisMonth">How many more articles she may give this month.</param>
public sealed record GiftAnswer(string Token, DateTimeOffset Until, int Uses, int LeftThisMonth);

/// <summary>What became of a wish to give an article.</summary>
public abstract record GiftResult
{
    /// <summary>It was given; the same article in the same month is the same gift.</summary>
    public sealed record Given(GiftAnswer Gift) : GiftResult;

    /// <summary>A rule is against it.</summary>
    public sealed record Refused(Refusal Refusal) : GiftResult;
}

/// <summary>Articles that subscribers give by a link: for one article, with an end, for so many browsers, each counted once.</summary>
public sealed class Gifts(
    IDbContextFactory<SubscriptionsDb> databases, Data.DatabaseProvider provider, ReaderAccessQuery access, SigningKeys keys, ReaderPass passes, GateSettings gate, PublisherSettings publisher,
    BillingClock clock)
{
    private const int IdLength = 24;
    private static readonly Refusal _notEntitled = new("gift-not-entitled", "Only a reader who may read subscribers' articles can give one.");
    private static readonly Refusal _noneLeft = new("gift-none-left", "She has given as many articles this month as she may.");
    private static readonly Refusal _spent = new("gift-spent", "This gift is used up or over.");
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>There is no such reader.</summary>
    public static Refusal NoReader { get; } = new("reader-not-found", "There is no such reader.");

    /// <summary>Gives an article.</summary>
    /// <param name="giver">Who gives.</param>
    /// <param name="siteId">On which website.</param>
    /// <param name="article">The article, as the website names it.</param>
    public async Task<GiftResult> GiveAsync(ReaderId giver, string siteId, string article)
    {
        if (await access.RunAsync(giver) is not { } may)
        {
            return new GiftResult.Refused(NoReader);
        }

        // Where another gift of hers takes the number in the same moment, the next one is taken.
        return may.Entitled ? await provider.RetryAsync(() => TryGiveAsync(giver, siteId, article, OpenNow(may)), patience: Retries.Patience) : new GiftResult.Refused(_notEntitled);
    }

    /// <summary>Counts a browser that came by a link: its end, or a refusal; null when there is no such gift.</summary>
    /// <param name="id">The gift.</param>
    /// <param name="siteId">Where it is used.</param>
    /// <param name="visit">The browser's own number; the same one counts once.</param>
    public Task<(DateTimeOffset? Until, Refusal? Refusal)?> UseAsync(string id, string siteId, string visit) => provider.RetryAsync(() => TryUseAsync(id, siteId, visit), patience: Retries.Patience);

    private async Task<(DateTimeOffset? Until, Refusal? Refusal)?> TryUseAsync(string id, string siteId, string visit)
    {
        var now = clock.Now;
        await using var db = await databases.CreateDbContextAsync();
        await using var transaction = await db.Database.BeginTransactionAsync();
        // Written first, so that of two who come at once the second waits here.
        var taken = await db.Gifts.Where(g => g.Id == id && g.SiteId == siteId && g.EndsAt > now && g.Uses < g.MostUses)
            .ExecuteUpdateAsync(set => set.SetProperty(g => g.Uses, g => g.Uses + 1));
        if (await db.Gifts.AsNoTracking().FirstOrDefaultAsync(g => g.Id == id && g.SiteId == siteId) is not { } gift)
        {
            return null;
        }

        if (await db.GiftUses.AnyAsync(u => u.GiftId == id && u.Visit == visit))
        {
            return gift.EndsAt > now ? (gift.EndsAt, null) : (null, _spent);
        }

        if (taken == 0)
        {
            return (null, _spent);
        }

        db.GiftUses.Add(new GiftUseRow { GiftId = id, Visit = visit, At = now });
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return (gift.EndsAt, null);
    }

    // Nobody gives what she could not read herself.
    private static IReadOnlyList<string> OpenNow(EntitlementAnswer may) =>
        [.. may.Grants.Where(g => (g.From is null || g.From <= may.Now) && (g.Until is null || g.Until > may.Now)).SelectMany(g => g.Entitlements).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private async Task<GiftResult> TryGiveAsync(ReaderId giver, string siteId, string article, IReadOnlyList<string> opens)
    {
        var now = clock.Now;
        var month = publisher.Hours.DateOf(now).ToString("yyyy-MM", CultureInfo.InvariantCulture);
        var id = "gft_" + Secrets.Hash($"{giver.Value}\n{siteId}\n{article}\n{month}")[..IdLength];
        await using var db = await databases.CreateDbContextAsync();
        var given = await db.Gifts.AsNoTracking().Where(g => g.ReaderId == giver && g.Month == month).ToListAsync();
        var gift = given.Find(one => one.Id == id);
        if (gift is null)
        {
            if (given.Count >= gate.GiftsPerMonth)
            {
                return new GiftResult.Refused(_noneLeft);
            }

            gift = new GiftRow
            {
                Id = id,
                ReaderId = giver,
                SiteId = siteId,
                Article = article,
                Month = month,
                Number = given.Count + 1,
                GivenAt = now,
                EndsAt = now.AddDays(gate.GiftDays),
                MostUses = gate.GiftUses,
            };
            db.Gifts.Add(gift);
            await db.SaveChangesAsync();
            given.Add(gift);
        }

        return new GiftResult.Given(new GiftAnswer(await TokenAsync(gift, opens), gift.EndsAt, gift.MostUses, Math.Max(0, gate.GiftsPerMonth - given.Count)));
    }

    // Its end is billing time and has a name of its own, so that nobody judges it by a clock on a wall.
    private async Task<string> TokenAsync(GiftRow gift, IReadOnlyList<string> opens) => handler.CreateToken(new SecurityTokenDescriptor
    {
        TokenType = "gift+jwt",
        Issuer = passes.Issuer,
        Audience = $"{gift.SiteId}/gift",
        Claims = new Dictionary<string, object> { ["jti"] = gift.Id, ["art"] = gift.Article, ["end"] = gift.EndsAt.ToUnixTimeSeconds(), ["ent"] = opens },
        SigningCredentials = new SigningCredentials(await keys.CurrentAsync(), SecurityAlgorithms.EcdsaSha256),
    });
}
