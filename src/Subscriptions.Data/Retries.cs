using System.Diagnostics;
using Microsoft.EntityFrameworkCore;

namespace Subscriptions.Data;

/// <summary>Runs a change again that lost against another writer, or that the database could not carry out at that moment.</summary>
public static class Retries
{
    /// <summary>How often something is tried at most. The pauses are four seconds together; each try may wait as long as the database lets it.</summary>
    public const int Most = 20;

    /// <summary>After so long nothing more is tried for somebody who waits: a website has given up by then, and what nobody waits for must not keep a database busy.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Runs it until it is saved. Whoever loses against another writer reads again at once; a deadlock, a busy file or a broken connection gets a
    /// moment first. What is met beyond that, and whatever else goes wrong, is thrown.
    /// </summary>
    /// <param name="provider">Which failures are which.</param>
    /// <param name="change">Reads, decides and saves, with a context and a transaction of its own each time it is run.</param>
    /// <param name="mostWhenTaken">How often it is tried at most where a row exists already that it would add; 1 where that is the answer.</param>
    /// <param name="patience">After how long a busy database is not tried again; null where the change has to be saved, whoever waits.</param>
    public static async Task<T> RetryAsync<T>(this DatabaseProvider provider, Func<Task<T>> change, int mostWhenTaken = Most, TimeSpan? patience = null)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await change();
            }
            catch (DbUpdateException lost) when ((lost is DbUpdateConcurrencyException && tries < Most) || (provider.IsUniqueViolation(lost) && tries < mostWhenTaken))
            {
                // Nobody has to wait for a writer who is done.
            }
            catch (Exception busy) when (tries < Most && provider.IsTransient(busy) && (patience is null || Stopwatch.GetElapsedTime(begun) < patience))
            {
                await Task.Delay(_pause);
            }
        }
    }
}
