using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.Sites;

/// <summary>What a website is given for a code or a handle.</summary>
/// <param name="Pass">The signed pass.</param>
/// <param name="Handle">With which the pass is renewed.</param>
/// <param name="ExpiresAt">When the pass expires, in wall time.</param>
public sealed record IssuedPass(string Pass, string Handle, DateTimeOffset ExpiresAt);

/// <summary>What became of a renewal.</summary>
public abstract record RenewedPass
{
    /// <summary>The pass goes on.</summary>
    public sealed record Issued(IssuedPass Pass) : RenewedPass;

    /// <summary>The handle is unknown or old, or its session has ended.</summary>
    /// <param name="Limit">How many sign-ins at once are allowed, where that ended it; null otherwise.</param>
    public sealed record Ended(int? Limit) : RenewedPass;
}

/// <summary>
/// Codes and handles: a code is used once within a minute, by the site it was made for, with the verifier and the
/// return address it was asked with; a handle renews passes until it is old or its session has ended.
/// </summary>
public sealed class SiteGrants(IDbContextFactory<SubscriptionsDb> databases, ReaderPass passes, ReaderSessions sessions, TimeProvider wall)
{
    /// <summary>Wall time for which a code is valid.</summary>
    public static readonly TimeSpan CodeLife = TimeSpan.FromSeconds(60);

    /// <summary>Wall time for which a handle is valid.</summary>
    public static readonly TimeSpan HandleLife = TimeSpan.FromDays(90);

    /// <summary>Makes a one-time code.</summary>
    public async Task<string> NewCodeAsync(string siteId, string sessionId, string returnAddress, string challenge)
    {
        var now = wall.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync();
        await db.SiteGrants
            .Where(g => g.SessionId == sessionId && ((g.CodeUsedAt == null && g.CodeExpiresAt < now) || g.HandleExpiresAt < now))
            .ExecuteDeleteAsync();
        var code = Secrets.NewToken();
        db.SiteGrants.Add(new SiteGrantRow
        {
            Id = Secrets.NewId("grt"),
            SessionId = sessionId,
            SiteId = siteId,
            CodeHash = Secrets.Hash(code),
            Challenge = challenge,
            ReturnAddress = returnAddress,
            CodeExpiresAt = now.Add(CodeLife),
        });
        await db.SaveChangesAsync();
        return code;
    }

    /// <summary>Takes a code for a pass and a handle; null when the code is not good.</summary>
    public async Task<IssuedPass?> RedeemAsync(string siteId, string code, string verifier, string returnAddress)
    {
        var now = wall.GetUtcNow();
        var codeHash = Secrets.Hash(code);
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var handle = Secrets.NewToken();
        var handleHash = Secrets.Hash(handle);
        var handleUntil = now.Add(HandleLife);
        await using var db = await databases.CreateDbContextAsync();
        var grant = await db.SiteGrants.AsNoTracking().FirstOrDefaultAsync(g => g.CodeHash == codeHash);
        if (grant is null || grant.SiteId != siteId || grant.ReturnAddress != returnAddress || grant.Challenge != challenge
            || await LiveReaderAsync(db, grant.SessionId) is not { } reader)
        {
            return null;
        }

        var taken = await db.SiteGrants.Where(g => g.Id == grant.Id && g.CodeUsedAt == null && g.CodeExpiresAt >= now)
            .ExecuteUpdateAsync(set => set
                .SetProperty(g => g.CodeUsedAt, now).SetProperty(g => g.HandleHash, handleHash).SetProperty(g => g.HandleExpiresAt, handleUntil));
        return taken == 1 ? await IssueAsync(siteId, reader, grant.SessionId, handle) : null;
    }

    /// <summary>Renews a pass.</summary>
    public async Task<RenewedPass> RenewAsync(string siteId, string handle)
    {
        var now = wall.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync();
        if (await FindAsync(db, siteId, handle) is not { } grant || grant.HandleExpiresAt is not { } expires || expires < now)
        {
            return new RenewedPass.Ended(null);
        }

        return await db.ReaderSessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == grant.SessionId) switch
        {
            { RevokedAt: null } session => new RenewedPass.Issued(await IssueAsync(siteId, session.ReaderId, session.Id, handle)),
            var ended => new RenewedPass.Ended(ended?.EndedByLimitOf),
        };
    }

    /// <summary>Whom a handle stands for; null when it is unknown, old, or its session has ended.</summary>
    public async Task<(ReaderId Reader, string SessionId)?> FindReaderAsync(string siteId, string handle)
    {
        var now = wall.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync();
        var grant = await FindAsync(db, siteId, handle);
        return grant?.HandleExpiresAt >= now && await LiveReaderAsync(db, grant.SessionId) is { } reader ? (reader, grant.SessionId) : null;
    }

    /// <summary>Ends the session that a handle belongs to, here and at every website. Unknown handles are nothing to end.</summary>
    public async Task RevokeAsync(string siteId, string handle)
    {
        await using var db = await databases.CreateDbContextAsync();
        if (await FindAsync(db, siteId, handle) is { } grant && await LiveReaderAsync(db, grant.SessionId) is { } reader)
        {
            await sessions.RevokeAsync(grant.SessionId, $"reader:{reader.Value}");
        }
    }

    private static Task<SiteGrantRow?> FindAsync(SubscriptionsDb db, string siteId, string handle)
    {
        var hash = Secrets.Hash(handle);
        return db.SiteGrants.AsNoTracking().FirstOrDefaultAsync(g => g.HandleHash == hash && g.SiteId == siteId);
    }

    private static async Task<ReaderId?> LiveReaderAsync(SubscriptionsDb db, string sessionId) =>
        (await db.ReaderSessions.AsNoTracking().FirstOrDefaultAsync(s => s.Id == sessionId && s.RevokedAt == null))?.ReaderId;

    private async Task<IssuedPass> IssueAsync(string siteId, ReaderId reader, string sessionId, string handle)
    {
        var (pass, expiresAt) = await passes.IssueAsync(siteId, reader, sessionId);
        return new IssuedPass(pass, handle, expiresAt);
    }
}
