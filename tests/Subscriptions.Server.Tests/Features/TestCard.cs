namespace Subscriptions.Server.Tests.Features;

/// <summary>Numbers that the gateway's hosted page offers.</summary>
internal static class TestCard
{
    public const string Good = "4242424242424242";
    public const string DeclinesWhenCharged = "4000000000000341";
    public const string AlwaysAsks = "4000002760003184";
}
