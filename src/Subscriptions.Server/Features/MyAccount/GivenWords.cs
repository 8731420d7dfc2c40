using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Access;
using Subscriptions.Server.Features.Shared;

namespace Subscriptions.Server.Features.MyAccount;

/// <summary>Given access in a reader's words. Pure.</summary>
public static class GivenWords
{
    /// <summary>What she has, until when, and whom she asks about it.</summary>
    public static string Of(GrantRow given, PublisherHours hours)
    {
        var what = given.Kind switch
        {
            GrantKind.DayPass => "You have a day pass",
            GrantKind.GrantedElsewhere => $"You read through {given.Source}, and we charge you nothing for it",
            _ => "You have been given access, and we charge you nothing for it",
        };
        var until = given.Until is { } end ? $" It lasts until {ReaderWords.Day(end.AddTicks(-1), hours)}." : "";
        var ask = given.Contact is { } contact ? $" For anything about it, please ask: {contact}." : "";
        return $"{what}.{until}{ask}";
    }
}
