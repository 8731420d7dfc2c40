using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Subscriptions.Server.Tests.Features;

/// <summary>Lets the database save a transaction, and breaks the connection before it has said so.</summary>
internal sealed class LostWord : DbTransactionInterceptor
{
    private int left;

    /// <summary>Whether every word that was to be lost has been.</summary>
    public bool IsOver => Volatile.Read(ref left) <= 0;

    /// <summary>Loses the word of the next transaction that is saved.</summary>
    public void Begin() => Volatile.Write(ref left, 1);

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        !IsOver && Interlocked.Decrement(ref left) >= 0 ? throw BusyMoment.FailureOf(transaction.Connection ?? eventData.Context?.Database.GetDbConnection()) : Task.CompletedTask;
}
