namespace Subscriptions.Domain.Access;

/// <summary>A place of learning, a library or a company that the publisher has a contract with.</summary>
/// <param name="Id">Its name in settings; the record that grants name.</param>
/// <param name="Name">As readers know it.</param>
/// <param name="EmailDomains">Domains in small letters whose addresses read: each alone, or <c>*.</c> and a domain for all of those below it.</param>
/// <param name="Entitlements">What it opens besides <c>subscriber</c>.</param>
/// <param name="LastDay">The contract's last day, in the publisher's zone; null while it has none.</param>
public sealed record Institution(string Id, string Name, IReadOnlyList<string> EmailDomains, IReadOnlyList<string> Entitlements, DateOnly? LastDay)
{
    private const string Below = "*.";

    /// <summary>Whether an address is one of its own.</summary>
    public bool Includes(string email)
    {
        var domain = email[(email.LastIndexOf('@') + 1)..].ToLowerInvariant();
        return EmailDomains.Any(listed => listed.StartsWith(Below, StringComparison.Ordinal)
            ? domain.EndsWith(listed[1..], StringComparison.Ordinal) && domain.Length >= listed.Length
            : domain == listed);
    }

    /// <summary>What a confirmed address of its own opens; null for any other, for one that has to be confirmed again, and once the contract is over.</summary>
    /// <param name="email">The reader's address.</param>
    /// <param name="confirmedAt">When she confirmed that it is hers; null when she has not.</param>
    /// <param name="confirmEvery">For how long that counts.</param>
    /// <param name="hours">The publisher's day.</param>
    /// <param name="now">The moment.</param>
    public AccessGrant? GrantFor(string email, DateTimeOffset? confirmedAt, TimeSpan confirmEvery, PublisherHours hours, DateTimeOffset now)
    {
        if (confirmedAt is not { } from || !Includes(email))
        {
            return null;
        }

        var until = from + confirmEvery;
        if (LastDay is { } last && hours.StartOf(last.AddDays(1)) is var over && over < until)
        {
            until = over;
        }

        return until <= now ? null : new(GrantKind.Institution, Id, [AccessRules.Subscriber, .. Entitlements], from, until, $"Reads through {Name}.");
    }
}
