using Subscriptions.Domain.Invoices;

namespace Subscriptions.Sandbox.Seeding;

/// <summary>One invented reader: who she is, what she bought when, and how her payments went until today.</summary>
/// <param name="Name">Invented; the address is made of it.</param>
/// <param name="Tale">What is worth trying with her, in a few words.</param>
public sealed record Story(string Name, string Tale)
{
    /// <summary>The plan in settings; null for a reader who is registered only.</summary>
    public string? Plan { get; init; }

    /// <summary>Days from today on which a paid period ends or ended; for a trial, on which it ends or ended.</summary>
    public int PeriodEndsInDays { get; init; }

    /// <summary>Whole periods that were paid before.</summary>
    public int PaidPeriods { get; init; } = 2;

    /// <summary>The test token of the card.</summary>
    public string Card { get; init; } = "pm_card_visa";

    /// <summary>What the card answers from today on, where that differs from its token: a name of the simulator's declines.</summary>
    public string? Answers { get; init; }

    /// <summary>Months from this one to the last in which the card is good; null for some years.</summary>
    public int? CardExpiresInMonths { get; init; }

    /// <summary>Tries that get that answer before the card heals; null for all.</summary>
    public int? HealsAfter { get; init; }

    /// <summary>How the tries went on the invoice whose period ended: the names of declines, in order; then it is paid unless the last try was a decline.</summary>
    public IReadOnlyList<string> PastDeclines { get; init; } = [];

    /// <summary>What she or the publisher did beside paying.</summary>
    public StoryTurn Turn { get; init; }

    /// <summary>The address that she signs in with.</summary>
    public string Email => Name.ToLowerInvariant().Replace("'", "", StringComparison.Ordinal).Replace(' ', '.') + "@harrowmere.example";
}

/// <summary>What happened in a story beside payments.</summary>
public enum StoryTurn
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>She cancelled; it runs until its period ends.</summary>
    Cancelled,

    /// <summary>It was put on hold some days ago.</summary>
    Paused,

    /// <summary>She registered and subscribed but never paid.</summary>
    NeverPaid,
}

/// <summary>A decline as the service keeps it, by the simulator's name.</summary>
internal static class PastDeclineWords
{
    public static Decline Of(string answer) => answer switch
    {
        "lost_card" or "stolen_card" => new("card_declined", answer, "do_not_try_again", DeclineClass.Never),
        "expired_card" => new("expired_card", null, null, DeclineClass.ReaderMustAct),
        "authentication_required" => new("authentication_required", "authentication_required", null, DeclineClass.ReaderMustAct),
        _ => new("card_declined", answer, null, DeclineClass.TimeMayHeal),
    };
}
