using System.Net;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Paywall;
using Subscriptions.Server.Features.Access;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Sites;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Gate;

/// <summary>Where it is known from what a page asks.</summary>
public enum RequirementSource
{
    /// <summary>Whoever asked said so.</summary>
    Asked,

    /// <summary>A rule of the site.</summary>
    Rule,

    /// <summary>Nothing says it; a plain subscription is taken.</summary>
    Nothing,
}

/// <summary>"Why can she not read this?"</summary>
/// <param name="Reader">Who; null for somebody who is not signed in.</param>
/// <param name="Url">The article's address; null for none in particular.</param>
/// <param name="Requirement">What the page asks, where whoever asks knows it.</param>
/// <param name="At">A past moment; null for now.</param>
/// <param name="From">The visitor's network address, where it is known.</param>
public sealed record AccessQuestion(ReaderId? Reader, string? Url, Requirement? Requirement, DateTimeOffset? At, IPAddress? From);

/// <summary>The answer.</summary>
/// <param name="At">The moment.</param>
/// <param name="Requirement">What the page asks.</param>
/// <param name="Source">Where that is known from.</param>
/// <param name="Decision">What the websites' own matcher says.</param>
/// <param name="Access">What it rests on; null for somebody who is not signed in.</param>
/// <param name="CountsAreForgotten">A meter decided about a moment whose counts are forgotten; none were taken.</param>
/// <param name="FormerPlace">The last place in a group that she had before, where she may not read.</param>
public sealed record AccessExplanation(
    DateTimeOffset At, Requirement Requirement, RequirementSource Source, Decision Decision, EntitlementAnswer? Access, bool CountsAreForgotten, FormerPlace? FormerPlace);

/// <summary>
/// Says whether somebody may or might have read an article, and why, by the code that decides in the websites. Settings (rules, meter, institutions) count as they are now,
/// at a past moment too.
/// </summary>
public sealed class ExplainAccess(
    ReaderAccessQuery access, SiteLinks sites, GateSettings gate, InstitutionsSettings institutions, PublisherHours hours, GroupQuery groups,
    IDbContextFactory<SubscriptionsDb> databases, BillingClock clock)
{
    /// <summary>Answers; null when nobody has that id.</summary>
    public async Task<AccessExplanation?> RunAsync(AccessQuestion asked)
    {
        var at = asked.At ?? clock.Now;
        var answer = asked.Reader is not { } reader ? null : asked.At is null ? await access.RunAsync(reader) : await access.AtAsync(reader, at);
        if (asked.Reader is not null && answer is null)
        {
            return null;
        }

        var (requirement, source) = RequirementOf(asked);
        var visit = new Visit([.. Networks(asked.From)], await MeterAsync(asked, requirement, at));
        var decision = answer?.Decide(requirement, visit) ?? AccessMatcher.Decide(requirement, null, at, visit);
        var isForgotten = asked is { At: not null, Reader: not null } && decision.Meter is not null && gate.Meter is { } rule && rule.CountsUntil(at) <= clock.Now;
        var former = asked.Reader is { } who && !decision.Allowed ? await groups.FormerAsync(who, at) : null;
        return new AccessExplanation(at, requirement, source, decision, answer, isForgotten, former);
    }

    private (Requirement, RequirementSource) RequirementOf(AccessQuestion asked)
    {
        if (asked.Requirement is { } stated)
        {
            return (stated, RequirementSource.Asked);
        }

        return sites.PageOf(asked.Url) is var (site, path) && new PathRules(site.Rules).Find(path) is { } ruled ? (ruled, RequirementSource.Rule) : (Requirement.Subscriber, RequirementSource.Nothing);
    }

    private IEnumerable<Grant> Networks(IPAddress? from) => from is null ? [] : institutions.All.Where(one => one.Ranges.Any(range => range.Contains(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)))
        .Select(one => new Grant(
            GrantKinds.Institution, one.Institution.Id, [AccessRules.Subscriber, .. one.Institution.Entitlements], null,
            one.Institution.LastDay is { } last ? hours.StartOf(last.AddDays(1)) : null, $"The network of {one.Institution.Name}."));

    // What counted at a past moment is known as long as it counts; without an address any article is meant that was not read yet. Without a sign-in the
    // browser alone knows what it has read, and one is meant that has read nothing.
    private async Task<MeterReading?> MeterAsync(AccessQuestion asked, Requirement requirement, DateTimeOffset at)
    {
        if (requirement.Kind != RequirementKind.Metered || gate.Meter is not { } rule)
        {
            return null;
        }

        var counted = asked.Reader is { } reader ? await CountedAsync(reader) : [];
        var article = sites.PageOf(asked.Url) is var (_, path) ? MeterRule.ShortName(MeterRule.NameOf(path)) : "";
        return rule.Read(counted.Where(one => one.At <= at), article, at);
    }

    private async Task<CountedArticle[]> CountedAsync(ReaderId reader)
    {
        await using var db = await databases.CreateDbContextAsync();
        return await db.Meters.AsNoTracking().FirstOrDefaultAsync(m => m.ReaderId == reader) is { } row ? CountArticles.Read(row) : [];
    }
}
