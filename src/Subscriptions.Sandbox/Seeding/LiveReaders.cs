using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Sandbox.Panel;
using Subscriptions.Sandbox.Rooms;
using Subscriptions.Sandbox.Stripe;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>Reads how the seeded readers stand now.</summary>
public sealed class LiveReaders(SandboxOptions options, StripeLedger ledger) : ILiveReaders
{
    /// <summary>The state of a reader without a subscription.</summary>
    public const string RegisteredOnly = "RegisteredOnly";

    /// <inheritdoc />
    public async Task<IReadOnlyDictionary<string, LiveReader>> LookUpAsync(IReadOnlyCollection<string> readerIds)
    {
        await using var db = options.Database.Open();
        var ids = readerIds.Select(ReaderId.From).ToList();
        var rows = await db.Subscriptions.AsNoTracking().Where(s => ids.Contains(s.ReaderId)).ToListAsync();
        return rows.GroupBy(row => row.ReaderId.Value).ToDictionary(
            group => group.Key,
            group => Describe(group.OrderByDescending(row => row.StartedAt).First().ToState()));
    }

    private LiveReader Describe(Subscription.Started state) => new(
        state.Contract.Id.Value, state.GetType().Name, state.Contract.PaymentMethodId is { } method ? ledger.TestTokenOf(method) : null, RenewsAt(state));

    /// <summary>When the next payment is due by itself; null when none is.</summary>
    public static DateTimeOffset? RenewsAt(Subscription.Started state) => state switch
    {
        Subscription.Active { CancelAtPeriodEnd: false, Invoice: null } s => At(s.Period.To),
        Subscription.Trialing { CancelAtPeriodEnd: false, Invoice: null } s => At(s.Trial.To),
        _ => null,
    };

    private static DateTimeOffset At(DateOnly date) => SeedHours.Hours.At(date, SeedHours.Hours.Collect);
}

/// <summary>The publisher's day in the sandbox.</summary>
internal static class SeedHours
{
    public static PublisherHours Hours { get; } = new(
        TimeZoneInfo.FindSystemTimeZoneById("Europe/London"), new TimeOnly(6, 0), new TimeOnly(10, 0), new TimeOnly(12, 0), new TimeOnly(8, 0), new TimeOnly(21, 0));
}
