using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Subscriptions.Domain;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>What the link of a confirmation letter stands for.</summary>
/// <param name="Reader">Who asked for it.</param>
/// <param name="AddressHash">Of the address that it went to.</param>
/// <param name="MadeAt">When, in billing time.</param>
public sealed record AddressLink(ReaderId Reader, string AddressHash, DateTimeOffset MadeAt)
{
    /// <summary>For how long it works, in billing time.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(7);

    /// <summary>Whether it went to this address.</summary>
    public bool IsOf(string email) => AddressHash == HashOf(email);

    internal static string HashOf(string email) => Secrets.Hash(AccountRules.NormalizeEmail(email))[..32];
}

/// <summary>The links by which a reader confirms that her address is her own.</summary>
public sealed class AddressLinks(IDataProtectionProvider protection, PublisherSettings publisher)
{
    private readonly IDataProtector protector = protection.CreateProtector("address-link.v1");

    /// <summary>The link of a reader and her address.</summary>
    public Uri For(ReaderId reader, string email, DateTimeOffset now) => new(
        publisher.Address, "/confirm-address/" + protector.Protect(string.Create(CultureInfo.InvariantCulture, $"{reader.Value}:{AddressLink.HashOf(email)}:{now.UtcTicks}")));

    /// <summary>What a link stands for, or null when it is none of ours.</summary>
    public AddressLink? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        try
        {
            var parts = protector.Unprotect(token).Split(':');
            return new AddressLink(ReaderId.From(parts[0]), parts[1], new DateTimeOffset(long.Parse(parts[2], CultureInfo.InvariantCulture), TimeSpan.Zero));
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
