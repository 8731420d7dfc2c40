using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Subscriptions.Paywall;

/// <summary>Finds out who a request comes from: by the website's own delegate, or by the reader pass in its cookie.</summary>
internal sealed class ReaderIdentifier(
    IOptions<PaywallOptions> options, ReaderCookies cookies, PassVerifier verifier, PassRenewal renewal, RevokedSessions revoked,
    KnownReaderProtector protector, ServiceHealth health, PaywallMeters meters, TimeProvider time)
{
    private const int ShortestHandle = 32;
    private const int LongestHandle = 128;
    private static readonly SearchValues<char> HandleLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    private static readonly TimeSpan RenewBefore = TimeSpan.FromMinutes(10);
    private static readonly ReaderIdentity Anonymous = new(IdentityKind.Anonymous);
    private readonly PaywallOptions _options = options.Value;

    /// <summary>Whether a request carries anything that could name a reader. Responses to it depend on the reader.</summary>
    public bool MayHaveReader(HttpContext context) =>
        _options.ReaderIdResolver is not null
        || CookieHeader.Has(context.Request, cookies.Pass) || CookieHeader.Has(context.Request, cookies.Handle);

    /// <summary>Finds out without waiting; false if a signature, a renewal or the keys are needed first.</summary>
    public bool TryIdentify(HttpContext context, out ReaderIdentity identity, DateTimeOffset now)
    {
        identity = Anonymous;
        if (_options.ReaderIdResolver is { } resolver)
        {
            if (resolver(context) is { Length: > 0 } readerId)
                identity = new(IdentityKind.Proven, readerId);
            return true;
        }

        var token = CookieHeader.Find(context.Request, cookies.Pass);
        if (token.IsEmpty)
            return !CookieHeader.Has(context.Request, cookies.Handle);
        if (!verifier.TryRemembered(token, out var pass) || pass is null)
            return false;
        if (revoked.Contains(pass.SessionId))
            return false;

        var left = pass.ExpiresAt - now;
        if (left <= -PassVerifier.ClockSkew)
            return false;
        if ((left < RenewBefore || revoked.Doubts(pass)) && !TryRenewQuietly(context, pass))
            return false;
        identity = Proven(pass);
        return true;
    }

    /// <summary>Finds out, verifying and renewing as needed.</summary>
    public async ValueTask<ReaderIdentity> IdentifyAsync(HttpContext context)
    {
        if (TryIdentify(context, out var identity, time.GetUtcNow()))
            return identity;
        var token = CookieHeader.Read(context.Request, cookies.Pass);
        var check = token is null ? new PassCheck(PassVerdict.Forged) : await verifier.VerifyAsync(token);
        if (check.Verdict == PassVerdict.CannotTell)
            return Vouched(context, PassVerifier.Claimed(token!));
        if (check.Pass is { } pass)
        {
            if (revoked.Contains(pass.SessionId))
                return SignOut(context, revoked.LimitOf(pass.SessionId));
            if (pass.ExpiresAt > time.GetUtcNow() - PassVerifier.ClockSkew)
                return TryIdentify(context, out identity, time.GetUtcNow()) ? identity : SignOut(context, revoked.LimitOf(pass.SessionId));
        }
        else if (token is not null)
        {
            meters.PassesRefused.Add(1);
        }

        return await RenewAsync(context, check.Pass);
    }

    /// <summary>What the cookie "last entitled at" says of a reader, if it was written for this reader and session and is not too old.</summary>
    public KnownReader? KnownOf(HttpContext context, ReaderIdentity identity) =>
        CookieHeader.Read(context.Request, cookies.Known) is { } cookie && protector.Unprotect(cookie) is { } known
        && known.Access.ReaderId == identity.ReaderId && known.SessionId == identity.SessionId
        && time.GetUtcNow() - known.EntitledAt <= _options.KnownFor
            ? known
            : null;

    /// <summary>Writes "last entitled at" at most once an hour for each reader.</summary>
    public void RememberEntitled(HttpContext context, ReaderIdentity identity, Grant grant, DateTimeOffset now)
    {
        // A sign-in for a pass deletes the cookie of whoever read before; nobody tells us of one to a website's own account.
        var ownReader = identity.SessionId is null ? identity.ReaderId : null;
        if (_options.KnownFor > TimeSpan.Zero && !KnownReaderProtector.IsOfThisHour(CookieHeader.Find(context.Request, cookies.Known), ownReader, now)
            && !context.Response.HasStarted)
            cookies.SetKnown(context, protector.Protect(identity.ReaderId!, identity.SessionId, grant, now));
    }

    /// <summary>The handle of a request; null if there is none, or nothing that the service could have made (43 letters of base64url).</summary>
    public string? HandleOf(HttpContext context) =>
        CookieHeader.Find(context.Request, cookies.Handle) is { Length: >= ShortestHandle and <= LongestHandle } handle && !handle.ContainsAnyExcept(HandleLetters)
            ? handle.ToString()
            : null;

    private static ReaderIdentity Proven(VerifiedPass pass) => new(IdentityKind.Proven, pass.ReaderId, pass.SessionId);

    // False only if the session is over, or nothing can show that it is not: whoever sends a pass can leave its handle out.
    private bool TryRenewQuietly(HttpContext context, VerifiedPass present)
    {
        if (HandleOf(context) is not { } handle)
            return !revoked.Doubts(present) || health.IsDown;
        if (renewal.Completed(handle) is not { } renewed)
        {
            renewal.RenewInBackground(handle, present);
            return true;
        }

        if (!renewal.Upholds(present, renewed))
            return false;
        if (renewed.Pass?.ReaderId == present.ReaderId)
            Keep(context, renewed);
        return true;
    }

    private async ValueTask<ReaderIdentity> RenewAsync(HttpContext context, VerifiedPass? old)
    {
        if (HandleOf(context) is not { } handle)
            return SignOut(context);
        var underWay = renewal.RenewAsync(handle, old);
        var renewed = await RequestWait.IsOverAsync(underWay) ? await underWay : PassRenewal.NoAnswer;
        if (renewed.Pass is { } pass && !revoked.Contains(pass.SessionId))
        {
            Keep(context, renewed);
            return Proven(pass);
        }

        if (renewed.Outcome != CallOutcome.Unreachable)
            return SignOut(context, renewed.EndedBy ?? (renewed.Pass is { } over ? revoked.LimitOf(over.SessionId) : null));
        return old is null ? new(IdentityKind.CannotTell)
            : time.GetUtcNow() - old.ExpiresAt <= _options.StaleFor ? Proven(old)
            : Vouched(context, old);
    }

    // The keys are not here, most likely after a restart while the service is down, or the pass is too old by itself: our own signature must do.
    private ReaderIdentity Vouched(HttpContext context, VerifiedPass? claimed)
    {
        if (claimed is null || revoked.Contains(claimed.SessionId))
            return new(IdentityKind.CannotTell);
        var identity = new ReaderIdentity(IdentityKind.Vouched, claimed.ReaderId, claimed.SessionId);
        return KnownOf(context, identity) is null ? new(IdentityKind.CannotTell) : identity;
    }

    // Who was signed out by a limit keeps her cookies until a page has told her so; no page asks silently afterwards, or two devices would sign each other out.
    private ReaderIdentity SignOut(HttpContext context, SessionLimit? limit = null)
    {
        if (limit is not null)
            return Anonymous with { EndedBy = limit };
        if (!context.Response.HasStarted)
            cookies.Clear(context);
        return Anonymous;
    }

    /// <summary>Forgets a reader who is told that a limit has ended her session here.</summary>
    public void ForgetTold(HttpContext context)
    {
        if (context.Response.HasStarted)
            return;
        cookies.Clear(context);
        cookies.SetTried(context, SilentQuestion.Never);
    }

    private void Keep(HttpContext context, Renewed renewed)
    {
        if (!context.Response.HasStarted)
            cookies.SetPass(context, renewed.Token!, renewed.Handle!);
    }
}
