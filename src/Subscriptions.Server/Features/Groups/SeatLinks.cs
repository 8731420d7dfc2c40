using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Server.Features.Groups;

/// <summary>
/// The links in invitations. They carry the place's id, sealed, and no date: whether one still works is read from the place, so that it is
/// used up by being accepted or withdrawn and by nothing else.
/// </summary>
public sealed class SeatLinks(IDataProtectionProvider protection, PublisherSettings publisher)
{
    private readonly IDataProtector protector = protection.CreateProtector("seat-link.v1");

    /// <summary>The link of a place.</summary>
    public Uri For(string seatId) => new(publisher.Address, "/group/" + protector.Protect(seatId));

    /// <summary>The place of a link, or null when it is not one of ours.</summary>
    public string? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        try
        {
            return protector.Unprotect(token);
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
