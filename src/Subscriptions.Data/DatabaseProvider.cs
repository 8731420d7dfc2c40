using Microsoft.EntityFrameworkCore;

namespace Subscriptions.Data;

/// <summary>What is peculiar to one database; each migrations assembly has one.</summary>
/// <param name="Name">As written in <c>Database:Provider</c>.</param>
/// <param name="Configure">Points a context at a connection string.</param>
/// <param name="IsUniqueViolation">Tells whether a failed save met a unique index, that is: somebody else was first.</param>
/// <param name="IsTransient">Tells whether the same statement may succeed a moment later: a deadlock, a busy file, a broken connection.</param>
/// <param name="ConnectionStringProblem">What is wrong with a connection string, or null.</param>
/// <param name="Beside">The connection string of another database on the same server, or of another file in the same folder, by its name.</param>
public sealed record DatabaseProvider(
    string Name,
    Action<DbContextOptionsBuilder, string> Configure,
    Func<DbUpdateException, bool> IsUniqueViolation,
    Func<Exception, bool> IsTransient,
    Func<string, string?> ConnectionStringProblem,
    Func<string, string, string> Beside)
{
    /// <summary>
    /// A failure and all that led to it, the outermost first. What a save met lies within the save's own failure, and EF Core wraps that once more
    /// where it takes the matter for one that passes.
    /// </summary>
    public static IEnumerable<Exception> CausesOf(Exception failure)
    {
        for (Exception? one = failure; one is not null; one = one.InnerException)
        {
            yield return one;
        }
    }
}
