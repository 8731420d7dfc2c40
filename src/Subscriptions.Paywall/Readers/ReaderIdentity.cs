namespace Subscriptions.Paywall;

internal enum IdentityKind
{
    /// <summary>Nobody is signed in.</summary>
    Anonymous,

    /// <summary>It is certain who this is.</summary>
    Proven,

    /// <summary>Only a cookie of this website vouches for who this is, since the service's keys could not be had.</summary>
    Vouched,

    /// <summary>There is a pass, but nothing to judge it by.</summary>
    CannotTell,
}

/// <summary>Who a request comes from.</summary>
/// <param name="EndedBy">Nobody is signed in, because the session of this browser had to make room for a later one; null otherwise.</param>
internal readonly record struct ReaderIdentity(IdentityKind Kind, string? ReaderId = null, string? SessionId = null, SessionLimit? EndedBy = null)
{
    public bool HasReader => Kind is IdentityKind.Proven or IdentityKind.Vouched;
}
