using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Groups;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>A group in the words of its account holder and of those who read through it. Pure.</summary>
public static class GroupWords
{
    /// <summary>How many places there are, and how many of them are free.</summary>
    public static string Standing(Group group)
    {
        var taken = group.Places.Count(place => place.State is Seat.Taken);
        var invited = group.Places.Count - taken;
        return group switch
        {
            { Open: true } => $"Your subscription has places for {group.Seats} readers besides you: {taken} taken, {invited} offered, {group.Free} free.",
            { Seats: null } => "Your subscription has no places for others any more, so that nobody reads through it.",
            { Places.Count: > 0 } => "Your subscription has ended, so that nobody reads through it now.",
            _ => "You can invite others once your subscription has begun.",
        };
    }

    /// <summary>Who has a place, or was invited to it.</summary>
    public static string Who(GroupPlace place) => (place.ReaderName, place.Row.Email) switch
    {
        ({ } name, { } address) => $"{name} (invited at {address})",
        ({ } name, null) => name,
        (null, var address) => address ?? "Somebody",
    };

    /// <summary>How a place stands, with its date.</summary>
    public static string When(Group group, GroupPlace place, PublisherHours hours) => place.State switch
    {
        Seat.Taken when place.Row.Number > (group.Seats ?? 0) => "Without access: your plan has fewer places now",
        Seat.Taken taken => $"Reads since {ReaderWords.ShortDay(taken.Since, hours)}",
        Seat.Invited when place.Row.UndeliverableAt is not null => "The address takes no mail: withdraw this invitation and try another",
        Seat.Invited invited => $"Invited, until {ReaderWords.ShortDay(invited.Until.AddDays(-1), hours)}",
        _ => "Over",
    };

    /// <summary>What somebody who reads through a group is told: who pays and whom she asks, and nothing about money.</summary>
    /// <param name="place">Her place.</param>
    /// <param name="reads">Whether it lets her read now.</param>
    /// <param name="until">The first instant at which it lets her read no more, where that has a date.</param>
    /// <param name="hours">The publisher's day.</param>
    public static string Of(HeldPlace place, bool reads, DateTimeOffset? until, PublisherHours hours) => reads
        ? $"You read through a group. The account holder, {place.HolderName}, pays for it, and we charge you nothing for it.{Lasts(place, until, hours)} For anything about it, please ask the account holder."
        : $"You have a place in the group of {place.HolderName}, which does not open subscriber articles at the moment. Please ask the account holder.";

    // The end of a payment problem has a date as well, and is the holder's own affair: it goes when she pays.
    private static string Lasts(HeldPlace place, DateTimeOffset? until, PublisherHours hours) =>
        place.IsCancelled && until is { } end ? $" It lasts until {ReaderWords.Day(end.AddTicks(-1), hours)}." : "";
}
