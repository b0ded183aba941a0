console.log('slave');
