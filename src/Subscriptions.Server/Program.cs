using Subscriptions.Server.Hosting;

return await ServerHost.RunAsync(args, new DefaultParts());
