namespace Subscriptions.Server.Tests.Features.Groups;

/// <summary>A plan with places, as settings on the command line.</summary>
internal static class GroupPlan
{
    public const string Id = "family";

    public const string Trial = "family-trial";

    public const int Seats = 2;

    public static string[] Settings { get; } =
    [
        "--Plans:10:Id=family", "--Plans:10:Name=Family", "--Plans:10:Price=1999", "--Plans:10:Currency=GBP", "--Plans:10:Seats=2", "--Plans:10:Entitlements=archive",
        "--Plans:11:Id=family-trial", "--Plans:11:Name=Family after free days", "--Plans:11:Price=1999", "--Plans:11:Currency=GBP", "--Plans:11:Seats=2", "--Plans:11:TrialDays=14",
    ];
}
