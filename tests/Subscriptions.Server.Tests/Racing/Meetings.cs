using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Subscriptions.Data.Rows;

namespace Subscriptions.Server.Tests.Racing;

/// <summary>
/// Whose rows two of a race wanted at the same moment: somebody was refused a lease, or found her save overtaken. A race in which nobody ever
/// meets anybody proves nothing, so it is counted.
/// </summary>
internal sealed class Meetings : DbCommandInterceptor, ISaveChangesInterceptor
{
    private readonly ConcurrentDictionary<string, byte> met = new(StringComparer.Ordinal);

    /// <summary>Whether the race is on: what meets before and after it does not count.</summary>
    public bool Counted { get; set; }

    /// <summary>Whether two wanted the row of one of these, a subscription or an invoice, at once.</summary>
    public bool At(params IEnumerable<string> ids) => ids.Any(met.ContainsKey);

    /// <summary>Somebody was in somebody's way at this one.</summary>
    public void Count(string? whose)
    {
        if (Counted && whose is not null)
        {
            met.TryAdd(whose, 0);
        }
    }

    public override ValueTask<int> NonQueryExecutedAsync(DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        // A guarded update of a lease that changed nothing: it is somebody else's.
        if (result == 0 && command.CommandText.Contains("UPDATE", StringComparison.Ordinal) && command.CommandText.Contains(nameof(DueWorkRow.LeaseOwner), StringComparison.Ordinal))
        {
            foreach (DbParameter parameter in command.Parameters)
            {
                Count(parameter.Value as string);
            }
        }

        return base.NonQueryExecutedAsync(command, eventData, result, cancellationToken);
    }

    public Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Exception is DbUpdateException)
        {
            foreach (var entry in eventData.Context!.ChangeTracker.Entries())
            {
                Count(entry.Entity switch
                {
                    SubscriptionRow subscription => subscription.Id.Value,
                    InvoiceRow invoice => invoice.Id.Value,
                    DueWorkRow work => work.Id,
                    _ => null,
                });
            }
        }

        return Task.CompletedTask;
    }
}
