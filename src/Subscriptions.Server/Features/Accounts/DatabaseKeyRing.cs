using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Features.Accounts;

/// <summary>
/// Keeps the data protection key ring in the database, so that every server process reads the same cookies and links
/// and a restart signs nobody out.
/// </summary>
public sealed class DatabaseKeyRing(IDbContextFactory<SubscriptionsDb> databases) : IXmlRepository
{
    private const int NameLength = 200;

    /// <inheritdoc />
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var db = databases.CreateDbContext();
        return [.. db.DataProtectionKeys.AsNoTracking().Select(k => k.Xml).AsEnumerable().Select(xml => XElement.Parse(xml))];
    }

    /// <inheritdoc />
    public void StoreElement(XElement element, string friendlyName)
    {
        using var db = databases.CreateDbContext();
        db.DataProtectionKeys.Add(new DataProtectionKeyRow
        {
            Name = friendlyName.Length > NameLength ? friendlyName[..NameLength] : friendlyName,
            Xml = element.ToString(SaveOptions.DisableFormatting),
        });
        db.SaveChanges();
    }
}
