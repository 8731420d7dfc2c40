using Microsoft.AspNetCore.Identity;
using Subscriptions.Domain;

namespace Subscriptions.Data.Rows;

/// <summary>A person known to the publisher. The only place, beside the account, where her name and address stand.</summary>
public sealed class ReaderRow
{
    public required ReaderId Id { get; set; }

    public required string Email { get; set; }

    public required string NormalizedEmail { get; set; }

    public required string Name { get; set; }

    /// <summary>The payer's id at the gateway; null until the first payment method.</summary>
    public string? GatewayCustomerId { get; set; }

    /// <summary>The method last seen as the payer's default at the gateway; only another one is news.</summary>
    public string? GatewayDefaultMethodId { get; set; }

    /// <summary>Rises with every change that can change what she may read; orders the answers that websites keep.</summary>
    public long AccessVersion { get; set; }

    /// <summary>Since when her address is known to take no mail; null again with a new address.</summary>
    public DateTimeOffset? AddressBouncedAt { get; set; }

    /// <summary>Since when only what the contract needs is mailed to her address; null again with a new address.</summary>
    public DateTimeOffset? ComplainedAt { get; set; }

    /// <summary>When she last showed, by a link that only its mailbox had, that the address is hers; null for never, and again with a new address.</summary>
    public DateTimeOffset? EmailVerifiedAt { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>A sign-in: a reader's or a member of staff's, never both.</summary>
public sealed class Account : IdentityUser
{
    /// <summary>Set for readers.</summary>
    public ReaderId? ReaderId { get; set; }

    /// <summary>Set for staff: <c>Support</c> or <c>Admin</c>.</summary>
    public string? StaffRole { get; set; }
}

/// <summary>A stored way to pay, by token only.</summary>
public sealed class PaymentMethodRow
{
    /// <summary>The gateway's token.</summary>
    public required string Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    public required string Kind { get; set; }

    public required string Brand { get; set; }

    public required string Last4 { get; set; }

    public int ExpiryMonth { get; set; }

    public int ExpiryYear { get; set; }

    public string? Fingerprint { get; set; }

    public DateTimeOffset AddedAt { get; set; }

    /// <summary>Since when the issuer refuses it for good; it is never tried again.</summary>
    public DateTimeOffset? RefusedForGoodAt { get; set; }

    /// <summary>When its owner called a payment of it fraud; no later card behind the token is charged by itself. Null for never.</summary>
    public DateTimeOffset? CalledFraudAt { get; set; }

    /// <summary>Since when the token stands for another number than before, where its bank renewed the card; null while it is the first.</summary>
    public DateTimeOffset? CardSince { get; set; }

    /// <summary>Since when the gateway does not have it for the reader any more; it cannot be charged.</summary>
    public DateTimeOffset? DetachedAt { get; set; }
}

/// <summary>A browser's sign-in at the service, shared by the websites that it signed in to.</summary>
public sealed class ReaderSessionRow
{
    public required string Id { get; set; }

    public required ReaderId ReaderId { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset StartedAt { get; set; }

    /// <summary>Wall time; null while it lives.</summary>
    public DateTimeOffset? RevokedAt { get; set; }

    /// <summary>How many sign-ins at once were allowed when this one had to make room for a later one; null where somebody ended it.</summary>
    public int? EndedByLimitOf { get; set; }
}

/// <summary>What a website holds of a session: a one-time code first, an opaque handle afterwards. Only hashes are kept.</summary>
public sealed class SiteGrantRow
{
    public required string Id { get; set; }

    public required string SessionId { get; set; }

    public required string SiteId { get; set; }

    /// <summary>SHA-256 of the one-time code, in hex.</summary>
    public required string CodeHash { get; set; }

    /// <summary>The PKCE challenge that the code was asked with.</summary>
    public required string Challenge { get; set; }

    /// <summary>The exact return address that the code was asked for.</summary>
    public required string ReturnAddress { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset CodeExpiresAt { get; set; }

    /// <summary>Wall time; a code is used once.</summary>
    public DateTimeOffset? CodeUsedAt { get; set; }

    /// <summary>SHA-256 of the handle, in hex.</summary>
    public string? HandleHash { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset? HandleExpiresAt { get; set; }
}

/// <summary>A key that the service signs reader passes with.</summary>
public sealed class SigningKeyRow
{
    public required string Id { get; set; }

    /// <summary>PKCS#8, protected by the host's data protection.</summary>
    public required string ProtectedPrivateKey { get; set; }

    /// <summary>Wall time.</summary>
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>One element of the data protection key ring, so that every server process reads the same cookies and links.</summary>
public sealed class DataProtectionKeyRow
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public required string Xml { get; set; }
}
