using System.Diagnostics.CodeAnalysis;

namespace Subscriptions.Paywall;

/// <summary>How much a page or an API asks of its reader; each kind asks at least as much as the one before.</summary>
public enum RequirementKind
{
    /// <summary>Anybody may read.</summary>
    Free,

    /// <summary>Anybody who is signed in may read, and whoever could read what is for subscribers.</summary>
    Registered,

    /// <summary>Articles that are counted for whoever does not subscribe. While the service has no meter, the same as <see cref="Registered"/>.</summary>
    Metered,

    /// <summary>A subscriber may read, and where entitlements are named, one who has all of them.</summary>
    Subscriber,
}

/// <summary>
/// What must be true of a reader before she may read something. Immutable; two requirements that ask the same are equal.
/// Its text form, used in settings and headers, is <c>free</c>, <c>registered</c>, <c>metered</c>, <c>subscriber</c> or
/// <c>subscriber:archive</c> (several names are joined with <c>+</c>).
/// </summary>
public sealed class Requirement : IEquatable<Requirement>
{
    /// <summary>The entitlement that every subscription carries.</summary>
    public const string SubscriberEntitlement = "subscriber";

    private const int LongestName = 64;

    private Requirement(RequirementKind kind, params string[] named)
    {
        Kind = kind;
        Named = named;
        Entitlements = kind == RequirementKind.Subscriber ? [SubscriberEntitlement, .. named] : [];
        Text = named.Length == 0 ? kind.ToString().ToLowerInvariant() : "subscriber:" + string.Join('+', named);
    }

    /// <summary>Anybody may read.</summary>
    public static Requirement Free { get; } = new(RequirementKind.Free);

    /// <summary>Anybody who is signed in may read.</summary>
    public static Requirement Registered { get; } = new(RequirementKind.Registered);

    /// <summary>Counted, for whoever does not subscribe.</summary>
    public static Requirement Metered { get; } = new(RequirementKind.Metered);

    /// <summary>Any subscriber may read.</summary>
    public static Requirement Subscriber { get; } = new(RequirementKind.Subscriber);

    /// <summary>The kind.</summary>
    public RequirementKind Kind { get; }

    /// <summary>The entitlements named beyond the plain subscription, in ordinal order; usually none or one.</summary>
    public IReadOnlyList<string> Named { get; }

    /// <summary>Everything that current grants must cover together: empty unless a subscription is asked for.</summary>
    public IReadOnlyList<string> Entitlements { get; }

    /// <summary>The text form, which <see cref="TryParse"/> reads.</summary>
    public string Text { get; }

    /// <summary>A subscriber who also has the named entitlement.</summary>
    /// <param name="entitlement">1 to 64 letters, digits, <c>-</c>, <c>_</c> or <c>.</c>; case does not count.</param>
    /// <exception cref="ArgumentException">The name has another form.</exception>
    public static Requirement SubscriberWith(string entitlement)
    {
        ArgumentNullException.ThrowIfNull(entitlement);
        return TryParse("subscriber:" + entitlement, out var requirement)
            ? requirement
            : throw new ArgumentException(
                $"'{entitlement}' is no entitlement's name: use 1 to {LongestName} letters, digits, '-', '_' or '.'.", nameof(entitlement));
    }

    /// <summary>Reads the text form; false for anything else.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Requirement? requirement)
    {
        var words = (text ?? "").Trim().ToLowerInvariant();
        requirement = words switch
        {
            "free" => Free,
            "registered" => Registered,
            "metered" => Metered,
            "subscriber" => Subscriber,
            _ when words.StartsWith("subscriber:", StringComparison.Ordinal) => Parse(words["subscriber:".Length..].Split('+')),
            _ => null,
        };
        return requirement is not null;
    }

    /// <summary>The requirement that is met exactly when both are met: "the strictest of both".</summary>
    public Requirement And(Requirement other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (weaker, stronger) = Kind <= other.Kind ? (this, other) : (other, this);
        if (ReferenceEquals(weaker, stronger) || weaker.Named.All(stronger.Named.Contains))
            return stronger;
        return stronger.Named.All(weaker.Named.Contains) ? weaker : WithNames([.. weaker.Named, .. stronger.Named]);
    }

    /// <inheritdoc />
    public bool Equals(Requirement? other) => ReferenceEquals(this, other) || (other is not null && other.Text == Text);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as Requirement);

    /// <inheritdoc />
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc />
    public override string ToString() => Text;

    private static Requirement? Parse(string[] names) => names.All(IsName) ? WithNames(names) : null;

    private static Requirement WithNames(string[] names)
    {
        string[] named = [.. names.Where(name => name != SubscriberEntitlement).Distinct().Order(StringComparer.Ordinal)];
        return named.Length == 0 ? Subscriber : new Requirement(RequirementKind.Subscriber, named);
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
