using Microsoft.EntityFrameworkCore;
using Subscriptions.Data;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;

namespace Subscriptions.Server.Features.Support;

/// <summary>Whether the engine runs.</summary>
public sealed class JobsModel(IDbContextFactory<SubscriptionsDb> databases, PublisherHours hours) : SupportPage
{
    /// <summary>How each job last went.</summary>
    public IReadOnlyList<JobRunRow> Runs { get; private set; } = [];

    /// <summary>Pieces of due work that a bug stopped.</summary>
    public int Parked { get; private set; }

    /// <summary>The publisher's day.</summary>
    public PublisherHours Hours => hours;

    public async Task OnGetAsync()
    {
        await using var db = await databases.CreateDbContextAsync();
        Runs = await db.JobRuns.AsNoTracking().OrderBy(j => j.Name).Take(100).ToListAsync();
        Parked = await db.DueWork.CountAsync(w => w.ParkedAt != null);
    }
}
