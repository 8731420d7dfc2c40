using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Server.Features.Accounts;

namespace Subscriptions.Server.Features.Sites;

/// <summary>
/// The keys (ECDSA on P-256) that sign reader passes, shared by all server processes through the database. All readable ones are
/// published, so that a pass outlives the change of a key. The newest signs once it has been published for
/// <see cref="PublishedFirst"/>: no website then meets a pass whose key it cannot fetch from whichever process answers it.
/// </summary>
public sealed class SigningKeys(IDbContextFactory<SubscriptionsDb> databases, IDataProtectionProvider protection, TimeProvider wall, ILogger<SigningKeys> log)
    : IDisposable
{
    private const int MostKeys = 10;

    /// <summary>
    /// Wall time for which a new key is only published: more than a process and a shared cache take to learn of it, by clocks
    /// that are two minutes apart.
    /// </summary>
    public static readonly TimeSpan PublishedFirst = TimeSpan.FromMinutes(5);

    // How late this process may learn of a key that another one made.
    private static readonly TimeSpan _rememberFor = TimeSpan.FromSeconds(10);

    private readonly IDataProtector protector = protection.CreateProtector("Subscriptions.SigningKeys");
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly Dictionary<string, ECDsa> opened = new(StringComparer.Ordinal);
    private IReadOnlyList<StoredKey> known = [];
    private DateTimeOffset readAt = DateTimeOffset.MinValue;

    /// <summary>The key to sign with; made when there is none yet, and then used at once.</summary>
    public async Task<ECDsaSecurityKey> CurrentAsync() => Signing(await KnownAsync()).Key;

    /// <summary>Every usable key, newest first.</summary>
    public async Task<IReadOnlyList<ECDsaSecurityKey>> AllAsync() => [.. (await KnownAsync()).Select(stored => stored.Key)];

    // Where none was published for long, all processes agree on the first.
    private StoredKey Signing(IReadOnlyList<StoredKey> keys) =>
        keys.FirstOrDefault(stored => stored.CreatedAt <= wall.GetUtcNow() - PublishedFirst) ?? keys[^1];

    private async Task<IReadOnlyList<StoredKey>> KnownAsync()
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

    /// <summary>Makes a new key, which signs after <see cref="PublishedFirst"/>; the former ones are published on for the passes that they signed. Its id.</summary>
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

    private async Task<IReadOnlyList<StoredKey>> ReadAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        var rows = await db.SigningKeys.AsNoTracking().OrderByDescending(k => k.CreatedAt).ThenBy(k => k.Id).ToListAsync();
        StoredKey[] keys = [.. rows.Select(Open).OfType<StoredKey>()];
        return keys.Length <= MostKeys ? keys : [.. keys.Take(MostKeys).Union([Signing(keys)])];
    }

    private StoredKey? Open(SigningKeyRow row)
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
        return new StoredKey(
            new ECDsaSecurityKey(key) { KeyId = row.Id, CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } }, row.CreatedAt);
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

    private sealed record StoredKey(ECDsaSecurityKey Key, DateTimeOffset CreatedAt);
}
