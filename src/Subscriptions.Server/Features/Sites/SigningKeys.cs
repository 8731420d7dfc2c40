using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.Sites;

/// <summary>
/// The keys (ECDSA on P-256) that sign reader passes, shared by all server processes through the database. The newest
/// readable one signs; all of them are published, so that a pass outlives the change of a key.
/// </summary>
public sealed class SigningKeys(IDbContextFactory<SubscriptionsDb> databases, IDataProtectionProvider protection, TimeProvider wall, ILogger<SigningKeys> log)
    : IDisposable
{
    private const int MostKeys = 10;

    // How late this process may learn of a key that another one made.
    private static readonly TimeSpan _rememberFor = TimeSpan.FromSeconds(10);

    private readonly IDataProtector protector = protection.CreateProtector("Subscriptions.SigningKeys");
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly Dictionary<string, ECDsa> opened = new(StringComparer.Ordinal);
    private IReadOnlyList<ECDsaSecurityKey> known = [];
    private DateTimeOffset readAt = DateTimeOffset.MinValue;

    /// <summary>The key to sign with; made when there is none yet.</summary>
    public async Task<ECDsaSecurityKey> CurrentAsync() => (await AllAsync())[0];

    /// <summary>Every usable key, newest first.</summary>
    public async Task<IReadOnlyList<ECDsaSecurityKey>> AllAsync()
    {
        await one.WaitAsync();
        try
        {
            if (known.Count > 0 && wall.GetUtcNow() - readAt < _rememberFor)
            {
                return known;
            }

            known = await ReadAsync();
            if (known.Count == 0)
            {
                await CreateAsync();
                known = await ReadAsync();
            }

            readAt = wall.GetUtcNow();
            return known;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Makes a new key, which signs from now on; the former ones are published on for the passes that they signed. Its id.</summary>
    public async Task<string> RenewAsync()
    {
        await one.WaitAsync();
        try
        {
            readAt = DateTimeOffset.MinValue;
            return await CreateAsync();
        }
        finally
        {
            one.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        one.Dispose();
        foreach (var key in opened.Values)
        {
            key.Dispose();
        }
    }

    private async Task<IReadOnlyList<ECDsaSecurityKey>> ReadAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await db.SigningKeys.AsNoTracking().OrderByDescending(k => k.CreatedAt).ThenBy(k => k.Id).Take(MostKeys).ToListAsync();
        return [.. rows.Select(Open).OfType<ECDsaSecurityKey>()];
    }

    private ECDsaSecurityKey? Open(SigningKeyRow row)
    {
        if (!opened.TryGetValue(row.Id, out var key))
        {
            key = ECDsa.Create();
            try
            {
                key.ImportPkcs8PrivateKey(protector.Unprotect(Convert.FromBase64String(row.ProtectedPrivateKey)), out _);
            }
            catch (CryptographicException lost)
            {
                log.LogWarning(lost, "Signing key {Key} cannot be read with the present key ring and is left aside.", row.Id);
                key.Dispose();
                return null;
            }

            opened[row.Id] = key;
        }

        // The library's own cache of signers outlives this object and would go on using a key that was disposed with it.
        return new ECDsaSecurityKey(key) { KeyId = row.Id, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
    }

    private async Task<string> CreateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var db = await databases.CreateDbContextAsync();
        var id = Secrets.NewId("key");
        db.SigningKeys.Add(new SigningKeyRow
        {
            Id = id,
            ProtectedPrivateKey = Convert.ToBase64String(protector.Protect(key.ExportPkcs8PrivateKey())),
            CreatedAt = wall.GetUtcNow(),
        });
        await db.SaveChangesAsync();
        return id;
    }
}
