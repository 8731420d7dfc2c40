namespace Subscriptions.Server.Features.Groups;

/// <summary>One pays for several readers.</summary>
public static class GroupsSetup
{
    /// <summary>Adds what gives out places and shows them.</summary>
    public static void AddGroups(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<SeatLinks>();
        services.AddTransient<GroupSeats>();
        services.AddTransient<GroupQuery>();
    }
}
