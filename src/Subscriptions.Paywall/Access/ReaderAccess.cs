namespace Subscriptions.Paywall;

/// <summary>A record that lets a reader read: a subscription, a trial, days of grace, and so on.</summary>
/// <param name="Kind">One of <see cref="GrantKinds"/>, or a kind that a newer service knows.</param>
/// <param name="Record">The id of the record, for support and logs; never text about a person.</param>
/// <param name="Entitlements">What it opens; <c>subscriber</c> and the names of the plan. Case does not count.</param>
/// <param name="From">The first instant at which it counts, in the service's time; null for always.</param>
/// <param name="Until">The first instant at which it no longer counts, in the service's time; null for no known end.</param>
/// <param name="Reason">A sentence for support, if the service gave one.</param>
public sealed record Grant(
    string Kind, string Record, IReadOnlyList<string> Entitlements, DateTimeOffset? From, DateTimeOffset? Until, string? Reason = null)
{
    /// <summary>Whether the grant counts at an instant: from <see cref="From"/> up to, not including, <see cref="Until"/>.</summary>
    public bool IsCurrent(DateTimeOffset now) => (From is null || From <= now) && (Until is null || now < Until);

    /// <summary>An entitlement that opens whatever is asked; only grants of a visit have it.</summary>
    public const string Everything = "*";

    /// <summary>Whether the grant opens an entitlement, at any time.</summary>
    public bool Opens(string entitlement)
    {
        for (var i = 0; i < Entitlements.Count; i++)
            if (string.Equals(Entitlements[i], entitlement, StringComparison.OrdinalIgnoreCase) || Entitlements[i] == Everything)
                return true;
        return false;
    }
}

/// <summary>The kinds of grant known so far. The matcher treats all kinds alike, so a newer service may send others.</summary>
public static class GrantKinds
{
    /// <summary>A subscription that is paid for.</summary>
    public const string Subscription = "Subscription";

    /// <summary>A trial.</summary>
    public const string Trial = "Trial";

    /// <summary>Access kept while a payment is overdue.</summary>
    public const string Grace = "Grace";

    /// <summary>The period has ended and its renewal has no final outcome yet.</summary>
    public const string RenewalPending = "RenewalPending";

    /// <summary>Given by the publisher, for nothing.</summary>
    public const string Complimentary = "Complimentary";

    /// <summary>A few days.</summary>
    public const string DayPass = "DayPass";

    /// <summary>Sold and managed by somebody else: an app store, a print subscription, a contract with a company.</summary>
    public const string GrantedElsewhere = "GrantedElsewhere";

    /// <summary>A seat of a group that somebody else pays for.</summary>
    public const string GroupSeat = "GroupSeat";

    /// <summary>An institution whose members read: by its network, or by an address of its domain.</summary>
    public const string Institution = "Institution";

    /// <summary>One article, given by a subscriber.</summary>
    public const string GiftLink = "GiftLink";

    /// <summary>A region that the publisher keeps open to all.</summary>
    public const string Region = "Region";

    /// <summary>A crawler of a search engine, known by its address.</summary>
    public const string Crawler = "Crawler";

    /// <summary>A member of the publisher's staff who looks at a page as it will be.</summary>
    public const string StaffPreview = "StaffPreview";
}

/// <summary>How far a payment problem has come.</summary>
public enum NoticeStage
{
    /// <summary>"We haven't been able to take payment".</summary>
    PaymentFailed,

    /// <summary>"Act now to keep your subscription".</summary>
    ActNow,

    /// <summary>"Your subscription is due to terminate"; cannot be dismissed.</summary>
    DueToTerminate,
}

/// <summary>What stands above every article while a payment problem is open. Texts and dates are the service's.</summary>
public sealed record ReaderNotice(
    NoticeStage Stage,
    string Heading,
    string Body,
    string? MyAccountUrl,
    string? UpdatePaymentDetailsUrl,
    DateTimeOffset? AccessEndsAt,
    DateTimeOffset? NextAttemptAt);

/// <summary>All that decisions about one reader rest on.</summary>
/// <param name="ReaderId">The reader's id.</param>
/// <param name="Version">Rises with every change to the reader's access; the higher one is the newer one.</param>
/// <param name="Grants">
/// Current and future grants; ended ones do no harm, and tell that a reader can be asked to come back.
/// </param>
/// <param name="Notice">The notice to show, or null.</param>
/// <param name="WithoutGrant">
/// Why she may not read while no grant lets her: how it stands with her subscription, as far as the service says. A grant among
/// <paramref name="Grants"/> that ended tells the same of itself.
/// </param>
public sealed record ReaderAccess(
    string ReaderId, long Version, IReadOnlyList<Grant> Grants, ReaderNotice? Notice = null,
    DecisionReason WithoutGrant = DecisionReason.NotSubscribed)
{
    /// <summary>
    /// What the service's <c>reason</c> means for a reader whom no grant lets in. One that only a newer service knows says no more than that.
    /// </summary>
    public static DecisionReason WithoutGrantOf(string? reason) => reason switch
    {
        "EndedForNonPayment" or "EndedForReversedPayment" or "Canceled" => DecisionReason.SubscriptionEnded,
        "Paused" => DecisionReason.SubscriptionPaused,
        "PaymentDisputed" => DecisionReason.PaymentDisputed,
        "PaymentOverdue" => DecisionReason.PaymentOverdue,
        "FirstPaymentMissing" => DecisionReason.FirstPaymentMissing,
        _ => DecisionReason.NotSubscribed,
    };
}
