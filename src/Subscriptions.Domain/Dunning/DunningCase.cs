namespace Subscriptions.Domain.Dunning;

/// <summary>Everything between the first decline and recovery or end. Only a past-due subscription carries one.</summary>
/// <param name="Number">Counts the cases of one subscription from 1; part of every notice's identity.</param>
/// <param name="PolicyId">The version of the policy it runs on, however settings change.</param>
/// <param name="AfterTrial">True for the first full payment after a trial.</param>
/// <param name="OpenedAt">The first decline, from whose local date days are counted.</param>
/// <param name="Track">The track of the last decline.</param>
/// <param name="TrackSince">Since when it runs on that track.</param>
/// <param name="LastDeclinedAt">The newest decline.</param>
/// <param name="Declines">How many so far.</param>
/// <param name="Notices">The stages entered, in order.</param>
/// <param name="ToldEndsOn">The end that the reader was told last: a floor. Null while nothing was told.</param>
/// <param name="UnusableMethodId">The method that may not be tried again, or not without the reader, since the last decline; null when it may.</param>
/// <param name="HeldBackUntil">Before this moment a further try would break a card network's limit or a debit scheme's rule; null when none would.</param>
/// <param name="Timetable">The policy's override on which it runs since its last decline; null: one of the four timetables.</param>
public sealed record DunningCase(
    int Number, string PolicyId, bool AfterTrial, DateTimeOffset OpenedAt, DunningTrack Track, DateTimeOffset TrackSince,
    DateTimeOffset LastDeclinedAt, int Declines, IReadOnlyList<DunningNotice> Notices, DateOnly? ToldEndsOn, DateTimeOffset? HeldBackUntil = null,
    string? UnusableMethodId = null, string? Timetable = null)
{
    /// <summary>Local days for which it stood still because a payment was disputed; every day of the policy comes that much later.</summary>
    public int DelayDays { get; init; }

    /// <summary>Those of them since the newest decline: the retries made before do not come again.</summary>
    public int DelaySinceDecline { get; init; }

    /// <summary>What lets it stand still now, each for a reason of its own.</summary>
    public IReadOnlyList<DunningPause> Pauses { get; init; } = [];

    /// <summary>The days that did not count: pauses that are over, and freezes that it lived through.</summary>
    public IReadOnlyList<DunningHold> Holds { get; init; } = [];

    /// <summary>When a collection failed whose result had taken days, if that was the newest decline: until then the reader had been told that there is nothing to do.</summary>
    public DateTimeOffset? CollectionFailedAt { get; init; }

    /// <summary>The day of the third notice that the reader was told last, where access closes with it: a floor, as <see cref="ToldEndsOn"/> is. Null while none was told.</summary>
    public DateOnly? ToldClosesOn { get; init; }

    /// <summary>The stage that the page shows now.</summary>
    public DunningStage Stage => Notices.Count == 0 ? DunningStage.Silent : Notices[^1].Stage;

    /// <inheritdoc />
    public bool Equals(DunningCase? other) =>
        other is not null && other.Notices.SequenceEqual(Notices) && other.Pauses.SequenceEqual(Pauses) && other.Holds.SequenceEqual(Holds)
        && other with { Notices = [] } is var bare
        && (bare.Number, bare.PolicyId, bare.AfterTrial, bare.OpenedAt, bare.Track, bare.TrackSince, bare.LastDeclinedAt, bare.Declines, bare.ToldEndsOn, bare.HeldBackUntil, bare.UnusableMethodId, bare.Timetable, bare.DelayDays, bare.DelaySinceDecline, bare.CollectionFailedAt, bare.ToldClosesOn)
        == (Number, PolicyId, AfterTrial, OpenedAt, Track, TrackSince, LastDeclinedAt, Declines, ToldEndsOn, HeldBackUntil, UnusableMethodId, Timetable, DelayDays, DelaySinceDecline, CollectionFailedAt, ToldClosesOn);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Number, PolicyId, OpenedAt, LastDeclinedAt, Notices.Count);
}

/// <summary>One of the three notices of a case.</summary>
/// <param name="Stage">Which.</param>
/// <param name="EnteredAt">Since when the page shows it.</param>
/// <param name="HandedOverAt">When the mail server took it, or, without a usable address, when the page's notice began to count.</param>
/// <param name="PageOnly">True when no mail could be delivered and the page's notice counts alone.</param>
public sealed record DunningNotice(DunningStage Stage, DateTimeOffset EnteredAt, DateTimeOffset? HandedOverAt, bool PageOnly);
