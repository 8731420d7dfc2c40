using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Reading through an institution in a reader's words. Pure.</summary>
public static class InstitutionWords
{
    // Early enough that nobody has to find out from a closed article.
    private const int DaysAhead = 30;

    /// <summary>What she reads, until when, and whether she has to confirm her address, for the first time or anew.</summary>
    /// <param name="institution">To which her address belongs.</param>
    /// <param name="grant">What it lets her read now; null where she has to confirm first.</param>
    /// <param name="hours">The publisher's day.</param>
    /// <param name="now">The moment.</param>
    public static (string Words, bool Ask) Of(Institution institution, AccessGrant? grant, PublisherHours hours, DateTimeOffset now)
    {
        if (grant is not { Until: { } until })
        {
            return ($"Your address belongs to {institution.Name}, through which you can read without paying. Confirm first that the address is yours: we send a link to it.", true);
        }

        var reads = $"You read through {institution.Name}, and we charge you nothing for it. ";
        var byContract = institution.LastDay is { } last && hours.StartOf(last.AddDays(1)) == until;
        return byContract ? ($"{reads}It lasts until {ReaderWords.Day(institution.LastDay!.Value)}.", false)
            : ($"{reads}Please confirm your address again by {ReaderWords.Day(until.AddTicks(-1), hours)}.", until <= now.AddDays(DaysAhead));
    }
}
