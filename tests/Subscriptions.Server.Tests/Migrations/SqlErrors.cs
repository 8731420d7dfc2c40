using System.Reflection;
using Microsoft.Data.SqlClient;

namespace Subscriptions.Server.Tests.Migrations;

/// <summary>Failures of SQL Server, which its client lets nobody make.</summary>
internal static class SqlErrors
{
    public static SqlException Of(int number)
    {
        var error = Make<SqlError>(number, (byte)0, (byte)16, "server", "text", "procedure", 1);
        var errors = Make<SqlErrorCollection>();
        typeof(SqlErrorCollection).GetMethod("Add", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(errors, [error]);
        return (SqlException)typeof(SqlException).GetMethod("CreateException", BindingFlags.Static | BindingFlags.NonPublic, [typeof(SqlErrorCollection), typeof(string)])!.Invoke(null, [errors, "16.0"])!;
    }

    // By the constructor whose first parameters these are; the rest take nothing.
    private static T Make<T>(params object[] first)
    {
        var constructor = typeof(T).GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .First(c => c.GetParameters().Length >= first.Length && c.GetParameters().Take(first.Length).Select(p => p.ParameterType).SequenceEqual(first.Select(a => a.GetType())));
        return (T)constructor.Invoke([.. first, .. constructor.GetParameters().Skip(first.Length).Select(p => p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null)]);
    }
}
