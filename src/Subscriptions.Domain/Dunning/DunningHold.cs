namespace Subscriptions.Domain.Dunning;

/// <summary>Why staff, or the product itself, let a payment problem stand still.</summary>
public enum PauseReason
{
    /// <summary>The reader is short of money and something was agreed with her.</summary>
    Hardship,

    /// <summary>She complained, and the complaint is not settled.</summary>
    Complaint,

    /// <summary>A death in her family, or her own.</summary>
    Bereavement,

    /// <summary>The publisher made a mistake.</summary>
    OurMistake,

    /// <summary>A payment is disputed at the bank.</summary>
    Dispute,

    /// <summary>Anything else; the note says what.</summary>
    Other,
}

/// <summary>A payment problem that stands still for a time. One stands for each reason, so that two of them cannot undo each other.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Author">Who asked for it: an actor's id, never a name.</param>
/// <param name="From">Since when.</param>
/// <param name="Until">The first local date on which the timetable goes on.</param>
/// <param name="NoteId">The row with the words of its author, which can be erased; null without any.</param>
public sealed record DunningPause(PauseReason Reason, string Author, DateTimeOffset From, DateOnly Until, string? NoteId = null)
{
    /// <summary>Most days that one pause may last, whoever asks.</summary>
    public const int MostDays = 180;
}

/// <summary>
/// Local dates on which nothing in a case falls due: no stage begins, nobody is ended and, mostly, nothing is tried. They do
/// not count, so whatever was to come after them comes that much later.
/// </summary>
/// <param name="From">The first such date.</param>
/// <param name="Until">The first date that counts again.</param>
/// <param name="RetriesFrom">The first date whose retry is held: the one after, if that day's was made before; null when retries go on.</param>
/// <param name="FreezeId">The freeze behind it; null for a pause of the one subscription.</param>
/// <param name="Open">True while nobody knows when the freeze will end; <paramref name="Until"/> is then tomorrow.</param>
public sealed record DunningHold(DateOnly From, DateOnly Until, DateOnly? RetriesFrom, string? FreezeId = null, bool Open = false)
{
    /// <summary>The hold between two moments.</summary>
    /// <param name="from">The first moment.</param>
    /// <param name="until">The first date that counts again.</param>
    /// <param name="retriesToo">Whether retries are held.</param>
    /// <param name="hours">The publisher's day.</param>
    public static DunningHold Since(DateTimeOffset from, DateOnly until, bool retriesToo, PublisherHours hours) =>
        new(hours.DateOf(from), until, retriesToo ? hours.DateOf(hours.NextAt(from, hours.Collect)) : null);

    /// <summary>Whether a local date does not count.</summary>
    public bool Covers(DateOnly date) => date >= From && date < Until;

    /// <summary>How many local dates.</summary>
    public int Days => Math.Max(0, Until.DayNumber - From.DayNumber);
}

/// <summary>Counts days while some of them do not count. Holds that overlap count once.</summary>
internal sealed class HeldDays(IReadOnlyList<DunningHold> holds)
{
    /// <summary>The date itself, or the first one after it that counts.</summary>
    public DateOnly FreeOn(DateOnly date)
    {
        while (holds.FirstOrDefault(hold => hold.Covers(date)) is { } hold)
        {
            date = hold.Until;
        }

        return date;
    }

    /// <summary>The date so many days later, where only those are counted that count; itself one that counts.</summary>
    public DateOnly Add(DateOnly from, int days)
    {
        if (holds.Count == 0)
        {
            return from.AddDays(days);
        }

        var date = from;
        for (var left = days; left > 0; left--)
        {
            date = FreeOn(date.AddDays(1));
        }

        return FreeOn(date);
    }
}
