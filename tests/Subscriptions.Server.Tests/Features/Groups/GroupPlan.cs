namespace Subscriptions.Server.Tests.Features.Groups;

/// <summary>A plan with places, as settings on the command line.</summary>
internal static class GroupPlan
{
    public const string Id = "family";

    public const string Trial = "family-trial";

    public const int Seats = 2;

    public static string[] Settings { get; } =
    [
        "--Plans:3:Id=family", "--Plans:3:Name=Family", "--Plans:3:Price=1999", "--Plans:3:Currency=GBP", "--Plans:3:Seats=2", "--Plans:3:Entitlements=archive",
        "--Plans:4:Id=family-trial", "--Plans:4:Name=Family after free days", "--Plans:4:Price=1999", "--Plans:4:Currency=GBP", "--Plans:4:Seats=2", "--Plans:4:TrialDays=14",
    ];
}
