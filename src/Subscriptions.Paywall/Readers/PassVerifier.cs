using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Subscriptions.Paywall;

/// <summary>A reader pass whose signature, issuer and audience are right. Its time may be up.</summary>
/// <param name="AskedAt">Our wall time when the service was asked for it; null of one that a browser brought.</param>
/// <param name="Removals">How many times keys had been removed when it was verified.</param>
internal sealed record VerifiedPass(
    string ReaderId, string SessionId, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, DateTimeOffset? AskedAt = null, int Removals = 0);

internal enum PassVerdict
{
    Genuine,
    Forged,

    /// <summary>The keys to judge it are not here, and the service cannot be asked for them.</summary>
    CannotTell,
}

/// <summary>What a pass was found to be.</summary>
/// <param name="IsTold">Whether the log says what is wrong with it.</param>
internal readonly record struct PassCheck(PassVerdict Verdict, VerifiedPass? Pass = null, bool IsTold = false);

/// <summary>Verifies reader passes once, and remembers those that were genuine.</summary>
internal sealed class PassVerifier(SigningKeys keys, TimeProvider time, IOptions<PaywallOptions> options, ILogger<PassVerifier> logger)
{
    /// <summary>How far the clocks of service and website may be apart.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    // The service gives passes of an hour. A key that leaked would otherwise open the website for as long as its thief has written into his passes.
    private static readonly TimeSpan LongestLife = TimeSpan.FromHours(1) + ClockSkew;
    private const int LongestPass = 2_048;
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestPass, MapInboundClaims = false };
    private readonly BoundedMemory<VerifiedPass> _genuine = new(options.Value.RememberedPasses, new ByTail());
    private readonly string _issuer = options.Value.ServiceOrigin;
    private string? _otherIssuer;
    private int _toldOfClock;

    /// <summary>Finds a pass that was verified before.</summary>
    public bool TryRemembered(ReadOnlySpan<char> token, out VerifiedPass? pass)
    {
        pass = null;
        return token.Length <= LongestPass && _genuine.TryGet(token, out pass) && pass?.Removals == keys.Removals;
    }

    /// <summary>Verifies a pass.</summary>
    /// <param name="askedAt">When the service was asked for it; null if it came from a browser.</param>
    public async ValueTask<PassCheck> VerifyAsync(string token, DateTimeOffset? askedAt = null)
    {
        if (TryRemembered(token, out var remembered))
            return new(PassVerdict.Genuine, remembered);
        if (Read(token) is not { Alg: SecurityAlgorithms.EcdsaSha256 } unverified)
            return new(PassVerdict.Forged);
        var candidates = await keys.FindAsync(unverified.Kid, isFromService: askedAt is not null);
        var removals = keys.Removals;
        if (candidates.Length == 0)
            return new(keys.Any ? PassVerdict.Forged : PassVerdict.CannotTell);

        var result = await _handler.ValidateTokenAsync(token, Rules(candidates));
        if (result.Exception is SecurityTokenInvalidIssuerException)
        {
            TellOtherIssuer(unverified.Issuer);
            return new(PassVerdict.Forged, IsTold: true);
        }

        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
            return new(PassVerdict.Forged);
        if (ToPass(jwt) is not { } pass)
            return new(PassVerdict.Forged, IsTold: askedAt is not null && TellClock(jwt));
        // Removed while it was verified: remembered, it would be taken for one that is not known.
        if (removals != keys.Removals)
            return await VerifyAsync(token, askedAt);
        if (askedAt is not null)
            Volatile.Write(ref _toldOfClock, 0);
        pass = pass with { AskedAt = askedAt, Removals = removals };
        _genuine.Set(token, pass);
        return new(PassVerdict.Genuine, pass);
    }

    /// <summary>What a pass claims, without any proof.</summary>
    public static VerifiedPass? Claimed(string token)
    {
        try
        {
            return Read(token) is { } jwt ? ToPass(jwt, DateTimeOffset.MaxValue) : null;
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or OverflowException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonWebToken? Read(string token)
    {
        if (token.Length > LongestPass)
            return null;
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception malformed) when (malformed is ArgumentException or SecurityTokenException)
        {
            return null;
        }
    }

    // Lifetime is judged apart: a pass whose time is up still names its reader while the service cannot be asked for a new one.
    private TokenValidationParameters Rules(JsonWebKey[] candidates) => new()
    {
        ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
        IssuerSigningKeys = candidates,
        ValidIssuer = _issuer,
        ValidAudience = options.Value.SiteId,
        ValidateLifetime = false,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        TryAllIssuerSigningKeys = false,
    };

    // The issuer is looked at after the signature, so this is the service speaking of itself: nobody can sign in until the setting
    // is put right. Once, since every request of every reader would say the same.
    private void TellOtherIssuer(string issuer)
    {
        if (Interlocked.Exchange(ref _otherIssuer, issuer) != issuer)
            logger.LogError("The service signs reader passes as {Issuer}, but {Setting}:ServiceAddress is {Address}. Nobody can sign in until they are the same.",
                issuer, options.Value.SettingsPath, options.Value.ServiceAddress);
    }

    // Made just now, and of the future here. Once, until one is not: every renewal would say the same.
    private bool TellClock(JsonWebToken jwt)
    {
        if (ToPass(jwt, DateTimeOffset.MaxValue) is not { } made || made.IssuedAt - time.GetUtcNow() is var behind && behind <= ClockSkew)
            return false;
        if (Interlocked.Exchange(ref _toldOfClock, 1) == 0)
            logger.LogError("The clock of this machine is {Seconds} s behind the service's. Nobody can sign in or be renewed here until it is right to within two minutes.", (long)behind.TotalSeconds);
        return true;
    }

    private VerifiedPass? ToPass(JsonWebToken jwt) => ToPass(jwt, time.GetUtcNow() + ClockSkew);

    private static VerifiedPass? ToPass(JsonWebToken jwt, DateTimeOffset latestIssue)
    {
        if (!jwt.TryGetPayloadValue<string>("sub", out var reader) || !jwt.TryGetPayloadValue<string>("sid", out var session)
            || string.IsNullOrEmpty(reader) || string.IsNullOrEmpty(session) || jwt.ValidTo == DateTime.MinValue || jwt.IssuedAt == DateTime.MinValue)
            return null;
        var issuedAt = new DateTimeOffset(DateTime.SpecifyKind(jwt.IssuedAt, DateTimeKind.Utc));
        var expiresAt = new DateTimeOffset(DateTime.SpecifyKind(jwt.ValidTo, DateTimeKind.Utc));
        return issuedAt > latestIssue || expiresAt - issuedAt > LongestLife ? null : new VerifiedPass(reader, session, issuedAt, expiresAt);
    }

    // Every pass ends in its signature, which is as good as random: a few letters of it find the place, and the whole text decides.
    // A digest of the whole text would take ten times as long. Only genuine passes come in, so nobody can crowd a place.
    private sealed class ByTail : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<char>, string>
    {
        private const int TailLength = 12;

        public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

        public bool Equals(ReadOnlySpan<char> alternate, string other) => alternate.SequenceEqual(other);

        public int GetHashCode(string obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<char> alternate) => string.GetHashCode(alternate[Math.Max(0, alternate.Length - TailLength)..]);

        public string Create(ReadOnlySpan<char> alternate) => alternate.ToString();
    }
}
